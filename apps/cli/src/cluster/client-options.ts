/** The options by which a command finds its cluster and namespace, the same on every in-cluster command. */
import { defaultAccess, KubeClient } from '@sluice/kube'
import type { Command } from 'commander'

export interface ClusterOptions {
  kubeconfig?: string
  context?: string
  namespace: string
}

/** Where Flux's own objects live unless told otherwise, as `flux` takes it. */
const defaultNamespace = (): string => process.env.FLUX_SYSTEM_NAMESPACE ?? 'flux-system'

export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace of the objects', defaultNamespace())
}

/** A client of the cluster that the options name. Throws KubeconfigError when they name none. */
export const clientOf = (options: ClusterOptions): KubeClient => new KubeClient(defaultAccess(options))
