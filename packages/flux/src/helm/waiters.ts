import type { KubeClient } from '@sluice/kube'
import { type ClusterWaiter, clusterWaiter, type Waiter } from '@sluice/release'

/**
 * Those who wait under one identity share their watches. The controller itself may watch whole clusters; an
 * impersonated account watches the namespaces it works in.
 */
export class Waiters {
  readonly #waiters = new Map<string, { client: KubeClient; waiter: ClusterWaiter }>()
  #closed = false

  /** `identity` names cluster and account. A cluster that was connected anew gets a new one. */
  of(identity: string, client: KubeClient, clusterWide: boolean): Waiter {
    const known = this.#waiters.get(identity)
    if (known && known.client.transport === client.transport) return known.waiter
    void known?.waiter.close()
    const waiter = clusterWaiter({ client, clusterWide })
    if (this.#closed) void waiter.close()
    this.#waiters.set(identity, { client, waiter })
    return waiter
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#waiters.values()].map(({ waiter }) => waiter.close()))
  }
}
