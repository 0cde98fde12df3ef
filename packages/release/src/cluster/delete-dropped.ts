/** Objects that a release no longer holds. */
import type { KubeClient } from '@sluice/kube'
import type { Log } from '../action/log.ts'
import { type BuiltObject, logFacts, objectKey, objectPlace } from './build-objects.ts'
import { joined, prefixed } from './change-error.ts'
import { deleteObjects, isKept } from './delete-objects.ts'
import { ownershipFault, type ReleaseId } from './ownership.ts'
import { sideBySide } from './side-by-side.ts'

export interface DroppedOptions {
  client: KubeClient
  /** What the revision before wanted. */
  originals: ReadonlyMap<string, BuiltObject>
  /** What interrupted revisions may have left: deleted when it belongs to the release. */
  left?: ReadonlyMap<string, BuiltObject>
  release: ReleaseId
  log: Log
  signal?: AbortSignal
}

/** What the revision before had and this one has not, unless it asks to stay. */
export async function deleteDropped(
  targets: readonly BuiltObject[],
  options: DroppedOptions,
): Promise<Error | undefined> {
  const wanted = new Set(targets.map(objectPlace))
  const { originals, left, release } = options
  const before = new Map([...(left ?? []), ...originals])
  const dropped = [...before.values()].filter(built => !wanted.has(objectPlace(built)))
  const going: BuiltObject[] = []
  await sideBySide(dropped, async built => {
    options.signal?.throwIfAborted()
    const live = await options.client.find(built.ref, options.signal).catch(() => undefined)
    if (!live || (!originals.has(objectKey(built)) && ownershipFault(live, release))) return
    if (isKept(live))
      options.log('skipping delete due to annotation', {
        ...logFacts(built),
        annotation: 'helm.sh/resource-policy',
        value: 'keep',
      })
    else going.push(built)
  })
  for (const { ref } of going) {
    options.log('deleting resource', { kind: ref.kind, name: ref.name, namespace: ref.namespace ?? '' })
  }
  const { failures } = await deleteObjects(going, { client: options.client, propagation: 'Background' })
  return joined(
    failures.map(({ built, error }) => prefixed(deletionPrefix(built), error)),
    ' && ',
  )
}

function deletionPrefix({ ref }: BuiltObject): string {
  const { namespace = '', name, kind } = ref
  return `failed to delete resource namespace=${namespace}, name=${name}, kind=${kind}: `
}
