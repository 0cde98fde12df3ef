/**
 * `sluice k8s-configuration flux`: Flux configurations of a cluster through the fleet service, with the words,
 * arguments and checks of `az k8s-configuration flux`. What each command does is in `../fleet/flux-*.ts`, loaded when
 * it runs.
 */
import { type Command, Option } from 'commander'
import { type ClusterTargetOptions, withClusterTarget } from '../fleet/cluster-target.ts'
import type { DeployedObjectOptions } from '../fleet/deployed-object-commands.ts'
import type {
  FluxCreateOptions,
  FluxDeleteOptions,
  FluxReadOptions,
  FluxUpdateOptions,
} from '../fleet/flux-commands.ts'
import { withSourceOptions } from '../fleet/flux-source-options.ts'
import type { KustomizationOptions } from '../fleet/kustomization-commands.ts'
import { threeState } from '../fleet/three-state.ts'
import { outputOption } from '../output.ts'

const KUSTOMIZATION_HELP = `
A kustomization is given as KEY=VALUE pairs: name (required), path, depends_on, timeout, sync_interval, retry_interval,
prune, force, disable_health_check. The option may be repeated, once for each kustomization.`

const kindOption = () => new Option('--kind <kind>', 'kind of source').choices(['git', 'bucket', 'azblob', 'oci'])

const kustomizationOption = () => new Option('-k, --kustomization <pairs...>', 'a kustomization: name=N path=P ...')

function named(command: Command): Command {
  return withClusterTarget(command).requiredOption('-n, --name <name>', 'name of the configuration')
}

const commands = () => import('../fleet/flux-commands.ts')
const kustomizations = () => import('../fleet/kustomization-commands.ts')
const deployedObjects = () => import('../fleet/deployed-object-commands.ts')

export function register(program: Command): void {
  const group = program.command('k8s-configuration').description('configurations of clusters through the fleet service')
  const flux = group.command('flux').description('Flux v2 configurations of a cluster')

  withSourceOptions(
    named(flux.command('create'))
      .description('create a Flux configuration and wait until it has reached the cluster')
      .addOption(
        new Option('-s, --scope <scope>', 'what it may change').choices(['cluster', 'namespace']).default('cluster'),
      )
      .option('--ns, --namespace <name>', 'namespace of its Flux objects', 'default')
      .addOption(kindOption().default('git'))
      .addOption(threeState('--suspend', 'begin suspended'))
      .addOption(kustomizationOption()),
  )
    .option('--no-wait', 'return as soon as the service has accepted it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${KUSTOMIZATION_HELP}

Examples:
  sluice k8s-configuration flux create -g fleet -c north -t connectedClusters -n site --ns site-config \\
    -u https://github.com/Azure/gitops-flux2-kustomize-helm-mt --branch main \\
    -k name=infra path=./infrastructure prune=true -k name=apps path=./apps/staging prune=true depends_on=infra`,
    )
    .action(async (options: FluxCreateOptions, command: Command) =>
      (await commands()).create(options, rawArguments(command)),
    )

  withSourceOptions(
    named(flux.command('update'))
      .description('change a Flux configuration: what is not named stays')
      .addOption(kindOption())
      .addOption(threeState('--suspend', 'suspend or resume it'))
      .addOption(kustomizationOption()),
  )
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'return as soon as the service has accepted it')
    .addOption(outputOption())
    .addHelpText('after', KUSTOMIZATION_HELP)
    .action(async (options: FluxUpdateOptions, command: Command) =>
      (await commands()).update(options, rawArguments(command)),
    )

  withClusterTarget(flux.command('list'))
    .description('list the Flux configurations of a cluster')
    .addOption(outputOption())
    .action(async (options: FluxReadOptions) => (await commands()).list(options))

  named(flux.command('show'))
    .description('show a Flux configuration with its compliance')
    .addOption(outputOption())
    .action(async (options: FluxReadOptions & { name: string }) => (await commands()).show(options))

  named(flux.command('delete'))
    .description('delete a Flux configuration; with prune its objects too')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'delete it here at once, without waiting for the cluster')
    .option('--no-wait', 'return as soon as the service has accepted it')
    .action(async (options: FluxDeleteOptions) => (await commands()).remove(options))

  registerKustomization(flux)
  registerDeployedObject(flux)
}

/** Arguments as they were typed: occurrences of a repeated option can be told apart only there. */
function rawArguments(command: Command): string[] {
  let root = command
  while (root.parent !== null) root = root.parent
  return 'rawArgs' in root && Array.isArray(root.rawArgs) ? root.rawArgs.map(String) : process.argv
}

function registerKustomization(flux: Command): void {
  const group = flux.command('kustomization').description('kustomizations of a Flux configuration')
  const one = (word: string, description: string) =>
    named(group.command(word)).description(description).requiredOption('-k, --kustomization-name <name>', 'its name')
  const fields = (command: Command) =>
    command
      .option('--path <path>', 'directory in the source')
      .option('--depends, --depends-on <names>', 'kustomizations that must be ready before, comma separated')
      .addOption(new Option('--dependencies <names>').hideHelp())
      .option('--timeout <duration>', 'longest reconciliation')
      .option('--interval, --sync-interval <duration>', 'time between reconciliations')
      .option('--retry-interval <duration>', 'time until a failed one is tried again')
      .addOption(threeState('--prune', 'delete objects that are no longer in the source'))
      .addOption(threeState('--force', 'recreate objects when an immutable field changes'))
      .addOption(threeState('--disable-health-check', 'do not wait for objects to become healthy'))
      .option('--no-wait', 'return as soon as the service has accepted it')
      .addOption(outputOption())

  fields(one('create', 'add a kustomization')).action(async (options: KustomizationOptions) =>
    (await kustomizations()).create(options),
  )
  fields(one('update', 'change a kustomization')).action(async (options: KustomizationOptions) =>
    (await kustomizations()).update(options),
  )
  one('show', 'show a kustomization')
    .addOption(outputOption())
    .action(async (options: KustomizationOptions) => (await kustomizations()).show(options))
  one('delete', 'remove a kustomization; with prune its objects too')
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'return as soon as the service has accepted it')
    .action(async (options: KustomizationOptions) => (await kustomizations()).remove(options))
  named(group.command('list'))
    .description('list the kustomizations of a configuration')
    .addOption(outputOption())
    .action(async (options: FluxReadOptions & { name: string }) => (await kustomizations()).list(options))
}

function registerDeployedObject(flux: Command): void {
  const group = flux.command('deployed-object').description('Flux objects that a configuration deployed')
  named(group.command('list'))
    .description('list the deployed objects with their compliance')
    .addOption(outputOption())
    .action(async (options: ClusterTargetOptions & DeployedObjectOptions) => (await deployedObjects()).list(options))
  named(group.command('show'))
    .description('show one deployed object with its conditions')
    .requiredOption('--object-name <name>', 'name of the object')
    .requiredOption('--object-namespace <namespace>', 'namespace of the object')
    .addOption(
      new Option('--object-kind <kind>', 'kind of the object')
        .choices([
          'GitRepository',
          'Bucket',
          'OCIRepository',
          'HelmRepository',
          'HelmChart',
          'HelmRelease',
          'Kustomization',
        ])
        .makeOptionMandatory(),
    )
    .addOption(outputOption())
    .action(async (options: ClusterTargetOptions & DeployedObjectOptions) => (await deployedObjects()).show(options))
}
