/**
 * What an installation checks against the cluster before it makes anything: that the server knows the kinds, and that
 * nobody else has the objects. Follows helm's pkg/action/install.go as `helm template --dry-run=server` runs it.
 */
import type { KubeClient } from '@sluice/kube'
import { messageOf } from '../action/action-run.ts'
import { ReleaseError } from '../action/release-error.ts'
import { buildObjects } from './build-objects.ts'
import { existingObjects } from './existing-objects.ts'
import type { ReleaseId } from './ownership.ts'

export interface CheckManifestOptions {
  client: KubeClient
  release: ReleaseId
  /** Documents without kind or version get the words of the validation. */
  validate: boolean
  /** Objects may be there already, whoever has them. */
  takeOwnership: boolean
  /** An upgrade finds its objects there: only kinds are checked. */
  isUpgrade: boolean
}

/** Reads only. Throws ReleaseError. */
export async function checkManifest(manifest: string, options: CheckManifestOptions): Promise<void> {
  const { client, release, validate, takeOwnership, isUpgrade } = options
  const what = 'unable to build kubernetes objects from release manifest'
  const objects = await buildObjects(manifest, { client, namespace: release.namespace, validate, what })
  if (isUpgrade) return
  try {
    await existingObjects(objects, { client, release, takeOwnership })
  } catch (error) {
    throw new ReleaseError('ownership', `unable to continue with install: ${messageOf(error)}`, { cause: error })
  }
}
