/** Events live for an hour after they were last seen, as etcd's leases have it upstream. */
import type { KubeObject } from '@sluice/api'
import { child } from '../kinds/record.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'

const life = 3_600_000
const interval = 60_000

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) || 0 : 0)

/** Milliseconds. */
export const lastSeen = (event: KubeObject): number =>
  Math.max(
    timeOf(event.metadata.creationTimestamp),
    timeOf(event.lastTimestamp),
    timeOf(child(event, 'series')?.lastObservedTime),
  )

export function startEventExpiry(api: Api, client: LocalClient): () => void {
  const events = api.store.collection('/events')
  const expire = async () => {
    const before = api.clock() - life
    for (const { object } of events.items()) {
      if (lastSeen(object) > before) continue
      const { namespace = '', name } = object.metadata
      await client.delete({ apiVersion: 'v1', kind: 'Event', namespace, name })
    }
  }
  // What could not be deleted this time is found again the next.
  const timer = setInterval(() => void expire().catch(() => {}), interval)
  timer.unref()
  return () => clearInterval(timer)
}
