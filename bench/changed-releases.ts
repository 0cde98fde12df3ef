/** The HelmReleases that the load script made, told to be kept otherwise: the script itself has them as they are by default. */

import { type HelmRelease, helmRelease, isKind, type KubeObject } from '../packages/api/src/index.ts'
import { conditionOf } from '../packages/controller/src/index.ts'
import { Informer, inParallel, type KubeClient } from '../packages/kube/src/index.ts'

const kind = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' }
const PATIENCE = 300_000
const IN_FLIGHT = 16

/** Changes the spec of every HelmRelease and waits until each is Ready with it. Answers their namespace. */
export async function changedReleases(client: KubeClient, spec: Partial<HelmRelease['spec']>): Promise<string> {
  const { items } = await client.list(kind)
  const [first] = items
  if (!first) throw new Error('flux-load.mjs left no HelmRelease')
  await inParallel(items, IN_FLIGHT, async ({ metadata: { namespace, name } }) => {
    await client.patch({ ...kind, namespace, name }, { spec }, 'merge', { fieldManager: 'somebody' })
  })
  await allReady(client, items.length)
  return first.metadata.namespace ?? ''
}

async function allReady(client: KubeClient, n: number): Promise<void> {
  const ready = new Set<string>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const watch = new Informer(client, kind, { keep: () => undefined })
  watch.onChange(({ object }) => {
    if (!isReady(object)) return
    ready.add(object.metadata.name)
    if (ready.size === n) resolve()
  })
  const late = setTimeout(() => reject(new Error(`${n - ready.size} of ${n} are not Ready`)), PATIENCE)
  try {
    await watch.start().synced
    await promise
  } finally {
    clearTimeout(late)
    await watch.close()
  }
}

/** With the spec as it is now. */
export function isReady(object: KubeObject): boolean {
  if (!isKind(helmRelease, object)) return false
  const { conditions, observedGeneration } = object.status ?? {}
  return observedGeneration === object.metadata.generation && conditionOf(conditions, 'Ready')?.status === 'True'
}
