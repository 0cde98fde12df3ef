/** Waits until an object of a cluster looks as wanted, by watching it: nothing is polled while it stays as it is. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { ApiError, ConnectionError, type KubeClient } from '@sluice/kube'

export class WaitTimeout extends Error {
  override name = 'WaitTimeout'
  /** How the object looked last. */
  readonly last: KubeObject

  constructor(message: string, last: KubeObject) {
    super(message)
    this.last = last
  }
}

/**
 * Answers the object as soon as `done` says so. Throws WaitTimeout after `timeout` milliseconds, ApiError when the object is not there (any
 * more); what `done` throws ends the wait.
 */
export async function waitForObject(
  client: KubeClient,
  ref: ObjectRef,
  done: (object: KubeObject) => boolean,
  timeout: number,
): Promise<KubeObject> {
  const signal = AbortSignal.timeout(timeout)
  let last = await client.get(ref)
  for (;;) {
    if (done(last)) return last
    if (signal.aborted)
      throw new WaitTimeout(`${ref.kind}/${ref.namespace}/${ref.name}: not within the time given`, last)
    const watching = { namespace: ref.namespace, fieldSelector: `metadata.name=${ref.name}`, signal }
    try {
      const options = { ...watching, resourceVersion: last.metadata.resourceVersion }
      for await (const { type, object } of client.watch(ref, options)) {
        if (type === 'ERROR' || type === 'DELETED') break
        if (type === 'BOOKMARK') continue
        last = object
        if (done(last)) return last
      }
    } catch (error) {
      const gone = error instanceof ApiError && error.code === 410
      if (!gone && !signal.aborted && !(error instanceof ConnectionError)) throw error
    }
    if (!signal.aborted) last = await client.get(ref)
  }
}
