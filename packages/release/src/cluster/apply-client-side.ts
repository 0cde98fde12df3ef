/** Creating, patching and replacing one object without server-side apply, as Helm 3 did and Helm 4 still can. */
import type { KubeObject } from '@sluice/api'
import { isConflict, type KubeClient } from '@sluice/kube'
import { ReleaseError } from '../action/release-error.ts'
import type { BuiltObject } from './build-objects.ts'
import { clientSidePatch } from './client-side-patch.ts'
import { refusalText } from './refusal-text.ts'

export interface ClientSideOptions {
  client: KubeClient
  manager: string
  signal?: AbortSignal
}

/** As it is: an object that exists is a failure. */
export async function createClientSide(built: BuiltObject, options: ClientSideOptions): Promise<KubeObject> {
  const { client, manager, signal } = options
  try {
    return await client.create(built.object, { fieldManager: manager, signal })
  } catch (error) {
    throw refusal(built, error, signal)
  }
}

/**
 * Brings a live object from what the release before wanted (`original`) to what this one wants, leaving alone what
 * others changed. Answers the object as it then is.
 */
export async function patchClientSide(
  original: KubeObject,
  built: BuiltObject,
  live: KubeObject,
  options: ClientSideOptions & { threeWayForCustom: boolean },
): Promise<KubeObject> {
  const { client, manager, signal } = options
  const { type, patch } = clientSidePatch(original, built.object, live, options.threeWayForCustom)
  if (Object.keys(patch).length === 0) return live
  try {
    return await client.patch(built.ref, patch, type, { fieldManager: manager, signal })
  } catch (error) {
    throw refusal(built, error, signal, `cannot patch "${built.ref.name}" with kind ${built.ref.kind}: `)
  }
}

/** The object as a whole; the version it has is no matter. */
export async function replaceObject(
  built: BuiltObject,
  live: KubeObject,
  options: ClientSideOptions,
): Promise<KubeObject> {
  const { client, manager, signal } = options
  let version = live.metadata.resourceVersion
  for (let tries = 1; ; tries++) {
    const object = { ...built.object, metadata: { ...built.object.metadata, resourceVersion: version } }
    try {
      return await client.update(object, { fieldManager: manager, fieldValidation: 'Strict', signal })
    } catch (error) {
      if (!isConflict(error) || tries >= mostTries) throw refusal(built, error, signal, 'failed to replace object: ')
    }
    version = (await client.get(built.ref, undefined, signal)).metadata.resourceVersion
  }
}

const mostTries = 5

function refusal({ ref }: BuiltObject, error: unknown, signal: AbortSignal | undefined, prefix = ''): unknown {
  if (signal?.aborted) return error
  return new ReleaseError('apply', prefix + refusalText(ref, error), { cause: error })
}
