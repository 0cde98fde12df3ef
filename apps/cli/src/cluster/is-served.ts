/** Whether a cluster knows a kind at all: before the extension is installed it knows none of ours. */
import { type KindRef, type KubeClient, NoMatchError } from '@sluice/kube'

export async function isServed(client: KubeClient, { apiVersion, kind }: KindRef): Promise<boolean> {
  try {
    await client.discovery.resourceFor(apiVersion, kind)
    return true
  } catch (error) {
    if (error instanceof NoMatchError) return false
    throw error
  }
}
