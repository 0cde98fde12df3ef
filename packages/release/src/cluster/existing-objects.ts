/** Which objects of a release are on the cluster before it makes them, and whether it may have them. */
import type { KubeObject } from '@sluice/api'
import { inParallel, type KubeClient } from '@sluice/kube'
import { ReleaseError } from '../action/release-error.ts'
import { type BuiltObject, objectText } from './build-objects.ts'
import { ownershipFault, type ReleaseId } from './ownership.ts'
import { applyWindow } from './side-by-side.ts'

/** Live objects by what stands for them. With `takeOwnership` they may belong to anybody. Throws ReleaseError. */
export async function existingObjects(
  objects: readonly BuiltObject[],
  options: { client: KubeClient; release: ReleaseId; takeOwnership: boolean; signal?: AbortSignal },
): Promise<Map<BuiltObject, KubeObject>> {
  const found = new Map<BuiltObject, KubeObject>()
  const faults = new Map<BuiltObject, ReleaseError>()
  await inParallel(objects.filter(isNamed), applyWindow, async built => {
    let live: KubeObject | undefined
    try {
      live = await options.client.find(built.ref, options.signal)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = `could not get information about the resource ${objectText(built)}: ${reason}`
      faults.set(built, new ReleaseError('build', message, { cause: error }))
      return
    }
    if (!live) return
    const fault = options.takeOwnership ? undefined : ownershipFault(live, options.release)
    if (fault !== undefined) {
      const message = `${objectText(built)} exists and cannot be imported into the current release: ${fault}`
      faults.set(built, new ReleaseError('ownership', message))
    } else found.set(built, live)
  })
  // The first in the order of the release, whichever answer came first.
  for (const built of objects) {
    const fault = faults.get(built)
    if (fault) throw fault
  }
  return found
}

/** Throws ReleaseError for an object that has both a name and half a name. */
export function isNamed({ object, ref }: BuiltObject): boolean {
  if (!object.metadata.generateName) return true
  if (ref.name === '') return false
  throw new ReleaseError('build', 'metadata.name and metadata.generateName cannot both be set')
}
