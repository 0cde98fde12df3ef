/**
 * Asks a controller to reconcile one object now and waits for the answer, saying each step as `flux reconcile` does. The request is the annotation
 * `reconcile.fluxcd.io/requestedAt`; the controller repeats its value in `status.lastHandledReconcileAt` when it is done.
 */
import { annotations, type KubeObject, type ObjectRef } from '@sluice/api'
import type { KubeClient } from '@sluice/kube'
import { conditionOf, readyOf, revisionOf, specOf, statusOf } from './flux-object.ts'
import { say } from './say.ts'
import { WaitTimeout, waitForObject } from './wait-for-object.ts'

/** What a HelmRelease can be asked for besides. */
export interface ReleaseRequests {
  /** One upgrade, though nothing changed. */
  force?: boolean
  /** Failures are forgotten. */
  reset?: boolean
}

/** The object after the reconciliation. Throws when it is suspended, fails, or takes longer than `timeout` milliseconds. */
export async function reconcileObject(
  client: KubeClient,
  ref: ObjectRef,
  timeout: number,
  requests: ReleaseRequests = {},
): Promise<KubeObject> {
  const object = await client.get(ref)
  if (specOf(object).suspend) throw new Error('resource is suspended')
  say.action(`annotating ${ref.kind} ${ref.name} in ${ref.namespace} namespace`)
  const requestedAt = new Date().toISOString()
  const asked = {
    [annotations.requestedAt]: requestedAt,
    ...(requests.force && { [annotations.forceAt]: requestedAt }),
    ...(requests.reset && { [annotations.resetAt]: requestedAt }),
  }
  await client.patch(ref, { metadata: { annotations: asked } }, 'merge', { fieldManager: 'flux' })
  say.success(`${ref.kind} annotated`)
  const done = await waitForReconciliation(
    client,
    ref,
    timeout,
    now => statusOf(now).lastHandledReconcileAt === requestedAt,
  )
  say.success(`${revisionWord(ref.kind)} ${revisionOf(done)}`)
  return done
}

/** Waits until the object's current generation is reconciled, `handled` included, and throws unless it is Ready then. */
export async function waitForReconciliation(
  client: KubeClient,
  ref: ObjectRef,
  timeout: number,
  handled: (object: KubeObject) => boolean = () => true,
): Promise<KubeObject> {
  say.waiting(`waiting for ${ref.kind} reconciliation`)
  const settled = (object: KubeObject): boolean => {
    const ready = readyOf(object)
    // An object that never succeeded keeps status.observedGeneration at -1; its condition says what it is about.
    const observed = ready?.observedGeneration ?? statusOf(object).observedGeneration
    const current = observed === object.metadata.generation
    return handled(object) && current && (ready?.status === 'True' || ready?.status === 'False')
  }
  try {
    const object = await waitForObject(client, ref, settled, timeout)
    const ready = readyOf(object)
    if (ready?.status !== 'True') throw new Error(`${ref.kind} reconciliation failed: ${ready?.message}`)
    return object
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error
    const ready = readyOf(error.last)
    // What is still going on says more than that it is.
    const doing = ready?.status === 'Unknown' ? conditionOf(error.last, 'Reconciling')?.message : undefined
    const message = doing ?? ready?.message ?? 'no controller has looked at it'
    throw new Error(`${nameOf(ref)} was not reconciled within ${timeout / 1000} s: ${message} (--timeout waits longer)`)
  }
}

const nameOf = ({ kind, namespace, name }: ObjectRef): string => `${kind}/${namespace}/${name}`

/** How a controller's success is worded: sources fetch, the others apply. */
export const revisionWord = (kind: string): string =>
  kind === 'Kustomization' || kind === 'HelmRelease' ? 'applied revision' : 'fetched revision'
