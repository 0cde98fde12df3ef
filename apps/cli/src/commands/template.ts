/**
 * `sluice template`: renders a chart as `helm template` does, with its flags.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readAsGoFlags } from '../template/go-flags.ts'
import { withInstallationOptions } from '../template/installation-options.ts'
import type { TemplateOptions } from '../template-chart.ts'
import { UsageError } from '../usage-error.ts'

const each = (value: string, before: string[] = []): string[] => [...before, value]
const eachOfList = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')]

interface Given extends TemplateOptions {
  validate?: boolean
  verify?: boolean
  registryConfig?: string
  repositoryConfig?: string
  repositoryCache?: string
}

export function register(program: Command): void {
  const command = program
    .command('template')
    .usage('[options] [name] <chart>')
    .argument('<chart...>', "name of the release ('release-name' without one), and the chart")
    .description("render a chart, byte for byte like 'helm template'")
  withChart(withCluster(withRendering(command)))
  withInstallationOptions(command)
  readAsGoFlags(command)
    .addHelpText(
      'after',
      `
The chart is a directory, a packaged chart (.tgz), the address of one over http, https or oci, a name within --repo, or
<repository>/<name> of those that 'helm repo add' knows. What it depends on must lie in its charts/ folder, or is fetched
there with --dependency-update.

Examples:
  sluice template web ./charts/web -n prod -f prod.yaml --set image.tag=1.2
  sluice template ./charts/web -s templates/deployment.yaml
  sluice template web oci://ghcr.io/org/charts/web --version 1.x
  sluice template web podinfo --repo https://stefanprodan.github.io/podinfo --version '^6.0.0'
  sluice template web ./web-1.2.0.tgz --kube-version v1.33.0 --api-versions monitoring.coreos.com/v1`,
    )
    .action(async (words: string[], options: Given) => {
      checkGiven(options)
      const { registryConfig, repositoryConfig, repositoryCache } = options
      // Helm's own variables: whoever reads logins and repositories finds them there.
      if (registryConfig) process.env.HELM_REGISTRY_CONFIG = registryConfig
      if (repositoryConfig) process.env.HELM_REPOSITORY_CONFIG = repositoryConfig
      if (repositoryCache) process.env.HELM_REPOSITORY_CACHE = repositoryCache
      const { templateChart } = await import('../template-chart.ts')
      await templateChart(words, options.validate ? { ...options, dryRun: 'server' } : options)
    })
}

function withRendering(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', "namespace of the release (default: that of the kubeconfig's context)")
    .option('-f, --values <file>', 'file of values, its address, or - for standard input; later ones win', eachOfList)
    .option('--set <key=value>', 'set values: a.b=1,c[0]=x,d={1,2}', each)
    .option('--set-string <key=value>', 'set values that stay strings', each)
    .option('--set-file <key=path>', 'set values to the content of files', each)
    .option('--set-json <key=json>', 'set values to JSON', each)
    .option('--set-literal <key=value>', 'set one value to all that follows the sign, as it is', each)
    .option('-g, --generate-name', 'the release has no name of its own')
    .option('--name-template <template>', 'a template that makes the name of the release')
    .option('--kube-version <version>', 'version of the cluster, such as v1.33.0')
    .option('-a, --api-versions <versions>', 'versions that the cluster serves besides those Helm knows', eachOfList)
    .option('--include-crds', 'print the custom resource definitions in crds/, too')
    .option('--no-hooks', 'leave hooks out')
    .option('--skip-tests', 'leave hooks out that are tests')
    .option('--skip-schema-validation', 'do not hold values against values.schema.json')
    .option('-s, --show-only <template>', 'print only what this template renders, such as templates/service.yaml', each)
    .option('--is-upgrade', 'set .Release.IsUpgrade instead of .Release.IsInstall')
    .option('--output-dir <folder>', 'write a file a template below this folder instead of printing')
    .option('--release-name', "put those files into a folder of the release's name")
    .option('--enable-dns', 'let templates look hosts up')
    .option('--post-renderer <plugin>', 'give what is rendered to a plugin of helm, a postrenderer')
    .option('--post-renderer-args <argument>', 'an argument for it', each)
    .option('--debug', 'print what was rendered also when it is no YAML')
}

function withCluster(command: Command): Command {
  return command
    .addOption(
      new Option('--dry-run [side]', "client, or server: the cluster's versions, lookups and checks")
        .argParser(dryRunSide)
        .preset('unset'),
    )
    .addOption(new Option('--validate').conflicts('dryRun').hideHelp())
    .option('--disable-openapi-validation', 'on the server side, do not check documents before they are looked up')
    .option('--take-ownership', 'on the server side, objects may belong to somebody else')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--kube-context <name>', 'context of the kubeconfig')
    .option('--kube-apiserver <url>', 'address of the API server')
    .option('--kube-token <token>', 'token for it')
    .option('--kube-ca-file <file>', 'authorities that sign for it, in PEM')
    .option('--kube-tls-server-name <name>', 'name that its certificate must have')
    .option('--kube-insecure-skip-tls-verify', 'do not check its certificate')
    .option('--kube-as-user <name>', 'user to act as')
    .option('--kube-as-group <name>', 'group of that user', each)
}

function withChart(command: Command): Command {
  return command
    .option('--repo <url>', 'address of the repository that the chart is named in')
    .option('--version <version>', 'version or range of a chart that is fetched; the newest stable one by default')
    .option('--devel', 'take versions before a release, too')
    .option('--dependency-update', "fetch what the chart's folder lacks of its dependencies")
    .option('--username <name>', 'login where the chart is fetched')
    .option('--password <password>', 'password for it')
    .option('--pass-credentials', 'give the login to all hosts that the repository names')
    .option('--ca-file <file>', 'authorities that sign for the server, in PEM')
    .option('--cert-file <file>', 'certificate to show to it, in PEM')
    .option('--key-file <file>', 'its key')
    .option('--insecure-skip-tls-verify', "do not check the server's certificate")
    .option('--plain-http', 'reach a registry without encryption')
    .option('--repository-config <file>', "repositories of 'helm repo add'")
    .option('--repository-cache <folder>', "where 'helm repo update' keeps their indexes")
    .option('--registry-config <file>', "logins of 'helm registry login'")
    .addOption(new Option('--keyring <file>').hideHelp())
    .addOption(new Option('--verify').hideHelp())
}

function dryRunSide(text: string): 'client' | 'server' {
  if (text === 'server') return 'server'
  if (text === 'client' || text === 'unset' || /^(?:1|t|T|TRUE|true|True)$/.test(text)) return 'client'
  throw new InvalidArgumentError('It must be "server" or "client".')
}

function checkGiven({ verify, showOnly, outputDir, keyring }: Given & { keyring?: string }): void {
  if (verify || keyring !== undefined) {
    const cure = "check it with 'helm verify', and leave --verify and --keyring out"
    throw new UsageError(`signatures of charts are not checked here: ${cure}`)
  }
  if (showOnly?.length && outputDir !== undefined) {
    throw new UsageError('--show-only chooses what is printed, --output-dir prints nothing: leave one out')
  }
}
