/**
 * `sluice connectedk8s`: connects Kubernetes clusters to the fleet service and shows how they are, with the words of
 * `az connectedk8s`.
 */
import { type Command, Option } from 'commander'
import type { ClusterListOptions, ClusterNameOptions, ConnectOptions } from '../fleet/connected-cluster-commands.ts'
import { outputOption } from '../output.ts'

const commands = () => import('../fleet/connected-cluster-commands.ts')

const subscriptionOption = () =>
  new Option('--subscription <id>', "subscription of the cluster (default: the login's, or the only one)")

function named(command: Command): Command {
  return command
    .requiredOption('-n, --name <name>', 'name of the cluster in the fleet')
    .requiredOption('-g, --resource-group <name>', 'resource group of the cluster')
    .addOption(subscriptionOption())
}

export function register(program: Command): void {
  const group = program.command('connectedk8s').description('Kubernetes clusters connected to the fleet service')

  named(group.command('connect'))
    .description('connect the cluster of a kubeconfig: register it and start the agent in it')
    .option('-l, --location <name>', 'location of the resource', 'local')
    .option('--kube-config <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--kube-context <name>', 'context of the kubeconfig')
    .option('--distribution <name>', 'distribution of the cluster')
    .option('--infrastructure <name>', 'what the cluster runs on')
    .option('--tags <pairs...>', 'tags, KEY=VALUE')
    .option('--image <image>', "image of the agent (default: 'sluice' of this version)")
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
A resource group that does not exist is made. A cluster that is connected already keeps its key pair.

Examples:
  sluice connectedk8s connect -n north -g fleet --kube-config ~/.kube/config`,
    )
    .action(async (options: ConnectOptions) => (await commands()).connect(options))

  group
    .command('list')
    .description('list the connected clusters of a resource group or subscription')
    .option('-g, --resource-group <name>', 'resource group (default: all of the subscription)')
    .addOption(subscriptionOption())
    .addOption(outputOption())
    .action(async (options: ClusterListOptions) => (await commands()).list(options))

  named(group.command('show'))
    .description('show a connected cluster')
    .addOption(outputOption())
    .action(async (options: ClusterNameOptions) => (await commands()).show(options))

  named(group.command('delete'))
    .description('disconnect a cluster: its configurations and extensions are forgotten, its agent is removed')
    .option('-y, --yes', 'do not ask')
    .option('--kube-config <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--kube-context <name>', 'context of the kubeconfig')
    .option('--force', 'forget the cluster without removing the agent from it')
    .action(async (options: ClusterNameOptions & ConnectOptions) => (await commands()).remove(options))
}
