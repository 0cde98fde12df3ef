/** The cluster that helm's options and environment name, and the namespace of a release when no option says it. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface ClusterChoice {
  kubeconfig?: string
  kubeContext?: string
  kubeApiserver?: string
  kubeToken?: string
  kubeCaFile?: string
  kubeTlsServerName?: string
  kubeInsecureSkipTlsVerify?: boolean
  kubeAsUser?: string
  kubeAsGroup?: string[]
}

/** Options first, then what helm's environment says. */
export function clusterChoice(options: ClusterChoice): ClusterChoice {
  const { env } = process
  const groups = env.HELM_KUBEASGROUPS ? env.HELM_KUBEASGROUPS.split(',') : undefined
  return {
    kubeconfig: options.kubeconfig,
    kubeContext: options.kubeContext ?? env.HELM_KUBECONTEXT,
    kubeApiserver: options.kubeApiserver ?? env.HELM_KUBEAPISERVER,
    kubeToken: options.kubeToken ?? env.HELM_KUBETOKEN,
    kubeCaFile: options.kubeCaFile ?? env.HELM_KUBECAFILE,
    kubeTlsServerName: options.kubeTlsServerName ?? env.HELM_KUBETLS_SERVER_NAME,
    kubeInsecureSkipTlsVerify:
      options.kubeInsecureSkipTlsVerify ?? /^(1|t|true)$/i.test(env.HELM_KUBEINSECURE_SKIP_TLS_VERIFY ?? ''),
    kubeAsUser: options.kubeAsUser ?? env.HELM_KUBEASUSER,
    kubeAsGroup: options.kubeAsGroup ?? groups,
  }
}

/** As helm has it: `HELM_NAMESPACE`, then that of the kubeconfig's context, then `default`. */
export async function defaultNamespace({ kubeconfig, kubeContext }: ClusterChoice): Promise<string> {
  if (process.env.HELM_NAMESPACE) return process.env.HELM_NAMESPACE
  const isSet = kubeconfig || process.env.KUBECONFIG || process.env.KUBERNETES_SERVICE_HOST
  if (!isSet && !existsSync(join(process.env.HOME ?? homedir(), '.kube', 'config'))) return 'default'
  const { defaultAccess } = await import('@sluice/kube')
  try {
    return defaultAccess({ kubeconfig, context: kubeContext }).namespace
  } catch {
    // A cluster is not asked for: helm renders without, too.
    return 'default'
  }
}
