/** What every source kind's finalizer does: the artifacts of a deleted object go with it. */
import type { KubeObject } from '@sluice/api'
import type { ArtifactStore } from '@sluice/artifact'
import type { EventDraft, FinalOutcome } from '@sluice/controller'

export async function dropArtifacts(store: ArtifactStore, { kind, metadata }: KubeObject): Promise<FinalOutcome> {
  const { namespace = '', name } = metadata
  try {
    const removed = await store.removeAll(kind, namespace, name)
    const message = 'garbage collected artifacts for deleted resource'
    const event: EventDraft = { severity: 'info', reason: 'GarbageCollectionSucceeded', message }
    return { released: true, events: removed ? [event] : [] }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const message = `garbage collection for deleted resource failed: ${said}`
    return { released: false, events: [{ severity: 'error', reason: 'GarbageCollectionFailed', message }] }
  }
}
