/**
 * `sluice k8s-extension`: extensions of a cluster through the fleet service, with the words and checks of `az
 * k8s-extension`.
 */
import { type Command, Option } from 'commander'
import { withClusterTarget } from '../fleet/cluster-target.ts'
import type {
  ExtensionCreateOptions,
  ExtensionDeleteOptions,
  ExtensionListOptions,
  ExtensionShowOptions,
  ExtensionUpdateOptions,
} from '../fleet/extension-commands.ts'
import { threeState } from '../fleet/three-state.ts'
import { outputOption } from '../output.ts'

const commands = () => import('../fleet/extension-commands.ts')

function named(command: Command): Command {
  return withClusterTarget(command).requiredOption('-n, --name <name>', 'name of the extension instance')
}

/** `az` has three spellings of each settings argument; the shortest is not listed. */
function withSettings(command: Command): Command {
  return command
    .option('--config-settings, --configuration-settings <pairs...>', 'settings, KEY=VALUE')
    .addOption(new Option('--config <pairs...>').hideHelp())
    .option('--config-settings-file, --configuration-settings-file <file>', 'JSON file of settings')
    .addOption(new Option('--config-file <file>').hideHelp())
    .option('--config-protected-settings, --configuration-protected-settings <pairs...>', 'secret settings, KEY=VALUE')
    .addOption(new Option('--config-protected <pairs...>').hideHelp())
    .option('--config-protected-settings-file, --configuration-protected-settings-file <file>', 'JSON file of them')
    .addOption(new Option('--config-protected-file <file>').hideHelp())
}

function withVersion(command: Command): Command {
  return command
    .addOption(
      threeState('--auto-upgrade, --auto-upgrade-minor-version', 'upgrade minor versions by itself (service: true)'),
    )
    .option('--version <version>', 'version to stay at; needs --auto-upgrade-minor-version false')
    .option('--release-train <name>', 'release train (service: Stable)')
    .option('--no-wait', 'return as soon as the service has accepted it')
    .addOption(outputOption())
}

export function register(program: Command): void {
  const group = program.command('k8s-extension').description('extensions of clusters through the fleet service')

  withVersion(withSettings(named(group.command('create'))))
    .description('install an extension and wait for it')
    .requiredOption('--extension-type <type>', 'type of the extension, microsoft.flux')
    .addOption(new Option('--scope <scope>', 'scope of the extension').choices(['cluster', 'namespace']))
    .option('--release-namespace <name>', 'namespace of a cluster-scoped extension')
    .option('--target-namespace <name>', 'namespace of a namespace-scoped extension')
    .option('--plan-name <name>', 'plan of a marketplace extension')
    .option('--plan-product <name>', 'its product')
    .option('--plan-publisher <name>', 'its publisher')
    .addHelpText(
      'after',
      `
Examples:
  sluice k8s-extension create -g fleet -c north -t connectedClusters -n flux --extension-type microsoft.flux \\
    --config multiTenancy.enforce=false`,
    )
    .action(async (options: ExtensionCreateOptions) => (await commands()).create(options))

  withVersion(withSettings(named(group.command('update'))))
    .description('change an extension: settings that are not named stay, secret ones are replaced as a whole')
    .option('-y, --yes', 'do not ask')
    .action(async (options: ExtensionUpdateOptions) => (await commands()).update(options))

  withClusterTarget(group.command('list'))
    .description('list the extensions of a cluster')
    .addOption(outputOption())
    .action(async (options: ExtensionListOptions) => (await commands()).list(options))

  named(group.command('show'))
    .description('show an extension')
    .addOption(outputOption())
    .action(async (options: ExtensionShowOptions) => (await commands()).show(options))

  named(group.command('delete'))
    .description('remove an extension')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'remove it here at once, without waiting for the cluster')
    .option('--no-wait', 'return as soon as the service has accepted it')
    .action(async (options: ExtensionDeleteOptions) => (await commands()).remove(options))
}
