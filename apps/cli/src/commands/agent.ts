/**
 * `sluice agent`: what a connected cluster runs in namespace `azure-arc`: the fluxconfig agent and the extension manager. It reads who it is and
 * where the service is from objects that connecting the cluster has put there, and talks only outward.
 */
import { type Command, Option } from 'commander'
import { untilStopped } from '../until-stopped.ts'
import { version } from '../version.ts'

interface AgentCommandOptions {
  kubeconfig?: string
  namespace: string
  image: string
  healthAddr: string
  logLevel: string
}

const inPod = process.env.KUBERNETES_SERVICE_HOST !== undefined

export function register(program: Command): void {
  program
    .command('agent')
    .description('run the agent that connects a cluster to the fleet service')
    .option('--kubeconfig <file>', 'cluster it serves (default: $KUBECONFIG, or the pod it runs in)')
    .option(
      '--namespace <name>',
      'where ConfigMap azure-clusterconfig and Secret connect-privatekey are',
      process.env.RUNTIME_NAMESPACE || 'azure-arc',
    )
    .option('--image <image>', 'container image of the controllers it installs', process.env.SLUICE_IMAGE || 'sluice')
    .option('--health-addr <address>', '/healthz, /readyz and /metrics', inPod ? ':8080' : '127.0.0.1:0')
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(['debug', 'info', 'error']).default('info'),
    )
    .addHelpText('after', '\nExample:\n  sluice agent --kubeconfig kubeconfig')
    .action(run)
}

async function run(options: AgentCommandOptions): Promise<void> {
  const { startClusterAgent } = await import('../start-cluster-agent.ts')
  const agent = await startClusterAgent({ ...options, version: version() })
  await untilStopped()
  await agent.close()
}
