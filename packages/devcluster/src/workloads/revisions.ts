/** ControllerRevisions: the templates that a stateful or daemon set has had. */
import type { KubeObject } from '@sluice/api'
import type { ControllerRevision, PodTemplate } from './kinds.ts'
import { ownerReference } from './pods.ts'
import { canonical, templateHash } from './template-hash.ts'
import type { World } from './world.ts'

type Owner = KubeObject & { spec: { template: PodTemplate; revisionHistoryLimit?: number } }

export const revisionHashKey = 'controller-revision-hash'

export interface Revisions {
  current: ControllerRevision
  /** Of the newest revision. */
  hash: string
}

export const hashOf = (revision: ControllerRevision): string => revision.metadata.labels?.[revisionHashKey] ?? ''

/** The revision of the present template, made if there is none; one that comes back gets the highest number. */
export async function currentRevision(world: World, owner: Owner): Promise<Revisions> {
  const known = world.revisions.ownedBy(owner.metadata.uid).toSorted((a, b) => a.revision - b.revision)
  const data = { spec: { template: { ...owner.spec.template, $patch: 'replace' } } }
  const wanted = canonical(data)
  const highest = known.at(-1)?.revision ?? 0
  const found = known.find(revision => canonical(revision.data) === wanted)
  if (found !== undefined) {
    const current =
      found.revision === highest ? found : await world.update(world.revisions, { ...found, revision: highest + 1 })
    return { current, hash: hashOf(current) }
  }
  const hash = templateHash(owner.spec.template)
  const current = await world.create(world.revisions, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...owner.spec.template.metadata?.labels, [revisionHashKey]: hash },
      ownerReferences: [ownerReference(owner)],
    },
    data,
    revision: highest + 1,
  })
  return { current, hash }
}

/** Drops the oldest revisions that no pod has. */
export async function dropOldRevisions(world: World, owner: Owner, inUse: ReadonlySet<string>): Promise<void> {
  const idle = world.revisions
    .ownedBy(owner.metadata.uid)
    .filter(revision => !inUse.has(hashOf(revision)) && !world.revisions.isGoing(revision))
    .toSorted((a, b) => a.revision - b.revision)
  const excess = idle.slice(0, Math.max(0, idle.length - (owner.spec.revisionHistoryLimit ?? 10)))
  await Promise.all(excess.map(revision => world.delete(world.revisions, revision)))
}
