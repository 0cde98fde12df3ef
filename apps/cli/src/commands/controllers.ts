/**
 * `sluice controllers`: the cluster's reconcilers, all in one process or some of them (`--only`). This is what runs in a
 * pod; a flag that Flux's controllers have too has their name and default.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { durationArgument } from '../cluster/timeout-option.ts'
import { FEATURE_GATES, type FeatureGates, noFeatureGates, parseFeatureGates } from '../feature-gates.ts'
import { parseBoolean, parseCount } from '../option-parsers.ts'
import type { ControllerName, StartControllersOptions } from '../start-controllers.ts'
import { untilStopped } from '../until-stopped.ts'

/** As commander gives them: a `--no-…` flag is the negation of its word, and a flag that is not given is absent. */
type ControllersOptions = Omit<
  StartControllersOptions,
  'noCrossNamespaceRefs' | 'noRemoteBases' | 'enableLeaderElection'
> & {
  crossNamespaceRefs: boolean
  /** The value of `--no-remote-bases`, which takes one: true refuses. */
  remoteBases: boolean
  enableLeaderElection?: boolean
}

/** Those of Flux but blake3. */
const SNAPSHOT_DIGESTS = ['sha1', 'sha256', 'sha384', 'sha512']
const NAMES: readonly ControllerName[] = ['source', 'kustomize', 'helm', 'fluxconfig']

/** In a pod others must reach us; anywhere else nobody but this machine may. */
const inPod = process.env.KUBERNETES_SERVICE_HOST !== undefined

export function register(program: Command): void {
  program
    .command('controllers')
    .description("run a cluster's reconcilers")
    .option('--kubeconfig <file>', 'cluster to reconcile (default: $KUBECONFIG, or the pod it runs in)')
    .addOption(
      new Option('--only <names>', `some of ${NAMES.join(',')}`)
        .argParser(controllerNames)
        .default(NAMES, NAMES.join()),
    )
    .option('--storage-path <dir>', 'directory of artifacts and mirrors', '/data')
    .option('--storage-addr <address>', 'where the artifact server listens', inPod ? ':9090' : '127.0.0.1:0')
    .option('--storage-adv-addr <address>', 'artifact server in artifact URLs (default: where it listens)')
    .option('--default-service-account <name>', 'apply as this account when a Kustomization or HelmRelease names none')
    .option('--no-cross-namespace-refs', 'refuse sources of other namespaces')
    .addOption(
      // Flux allows them unless told otherwise; here what runs must be in the revision unless told otherwise.
      new Option('--no-remote-bases [bool]', 'refuse kustomizations that name bases or files by URL; =false takes them')
        .argParser(parseBoolean)
        .preset('true')
        .default(true),
    )
    .option('--concurrent <n>', 'reconciliations at once of each controller', parseCount)
    .addOption(durationOption('--requeue-dependency <duration>', 'when to look again for what is missing', '30s'))
    .option('--interval-jitter-percentage <n>', 'spread of intervals', parseCount, 5)
    .option('--health-addr <address>', '/healthz, /readyz and /metrics', inPod ? ':8080' : '127.0.0.1:0')
    .addOption(
      new Option('--watch-all-namespaces [bool]', 'reconcile objects of every namespace, or of $RUNTIME_NAMESPACE only')
        .argParser(parseBoolean)
        .preset('true')
        .default(true),
    )
    .option('--watch-label-selector <selector>', 'reconcile only objects with these labels')
    .option('--events-addr <url>', 'post each event there, as Flux does to its notification controller')
    .option('--enable-leader-election', 'reconcile only while holding the Lease of these controllers')
    .addOption(durationOption('--min-retry-delay <duration>', 'first delay after a failure', '750ms'))
    .addOption(durationOption('--max-retry-delay <duration>', 'longest delay after failures', '15m'))
    .addOption(
      new Option('--feature-gates <gates>', `switches as name=true, of ${FEATURE_GATES.join(', ')}`)
        .argParser(featureGates)
        .default(noFeatureGates, 'none'),
    )
    .addOption(
      new Option('--override-manager <name>', 'field manager that may not keep fields of what is applied; repeatable')
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], 'none'),
    )
    .addOption(
      new Option('--snapshot-digest-algo <name>', 'of the digests in the status of releases')
        .choices(SNAPSHOT_DIGESTS)
        .default('sha256'),
    )
    .option('--oom-watch-memory-threshold <percent>', 'of the memory limit, at which OOMWatch stops', parseCount, 95)
    .addOption(durationOption('--oom-watch-interval <duration>', 'how often OOMWatch looks', '500ms'))
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(['debug', 'info', 'error']).default('info'),
    )
    .addHelpText('after', '\nExample:\n  sluice controllers --kubeconfig kubeconfig --storage-path ./artifacts')
    .action(run)
}

async function run({ crossNamespaceRefs, remoteBases, ...options }: ControllersOptions): Promise<void> {
  const { startControllers } = await import('../start-controllers.ts')
  const { enableLeaderElection = false } = options
  const noCrossNamespaceRefs = !crossNamespaceRefs
  const controllers = await startControllers({
    ...options,
    noCrossNamespaceRefs,
    noRemoteBases: remoteBases,
    enableLeaderElection,
  })
  try {
    await Promise.race([untilStopped(), controllers.ended])
  } finally {
    await controllers.close()
  }
}

function durationOption(flags: string, description: string, fallback: string): Option {
  return new Option(flags, description).argParser(durationArgument).default(durationArgument(fallback), fallback)
}

function featureGates(text: string, before: FeatureGates): FeatureGates {
  try {
    return parseFeatureGates(text, before)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function controllerNames(text: string): ControllerName[] {
  return text.split(',').map(word => {
    const name = NAMES.find(n => n === word)
    if (!name) throw new InvalidArgumentError(`${word} is none of ${NAMES.join(', ')}.`)
    return name
  })
}
