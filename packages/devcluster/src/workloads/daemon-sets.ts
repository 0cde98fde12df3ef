/** DaemonSets: a pod on every node that the template's selector admits, replaced when the template changes. */
import { claimed } from './claims.ts'
import { defined, scaled, unlessZero } from './counts.ts'
import type { DaemonSet, Node, Pod, Toleration } from './kinds.ts'
import { matchesNode, repellingTaint } from './node-fit.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { availableIn, isReady, isTerminal, podOf } from './pods.ts'
import { currentRevision, dropOldRevisions, revisionHashKey } from './revisions.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export function startDaemonSets(world: World): void {
  const queue = world.queue('DaemonSet', async key => {
    const set = world.daemonSets.byKey(key)
    if (set === undefined) return
    const wait = await reconcile(world, set)
    if (wait !== undefined) queue.add(key, wait)
  })
  world.daemonSets.onChange(set => queue.add(keyOf(set)))
  const podChanged = (pod: Pod) => {
    const owner = controllerOf(pod)
    if (owner?.kind === 'DaemonSet') queue.add(`${pod.metadata.namespace ?? ''}/${owner.name}`)
  }
  world.pods.onChange(podChanged)
  world.pods.onGone(podChanged)
  const nodeChanged = () => {
    for (const set of world.daemonSets.all()) queue.add(keyOf(set))
  }
  world.nodes.onChange((node, old) => {
    const part = (n: Node | undefined) => canonical([n?.metadata.labels, n?.spec])
    if (part(node) !== part(old)) nodeChanged()
  })
  world.nodes.onGone(nodeChanged)
}

const always: Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map(name => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
]

/** The node a daemon's pod is meant for: it may not be scheduled to it yet. */
function nodeOf(pod: Pod): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return pod.spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0]
}

async function reconcile(world: World, set: DaemonSet): Promise<number | undefined> {
  await claimed(world, world.pods, set, set.spec.selector)
  const { hash } = await currentRevision(world, set)
  const { template, updateStrategy, minReadySeconds } = set.spec
  const tolerations = [...(template.spec.tolerations ?? []), ...always]
  const fitting = [...world.nodes.all()].filter(
    node => matchesNode(template.spec, node) && repellingTaint(tolerations, node) === undefined,
  )
  const wanted = new Set(fitting.map(node => node.metadata.name))
  const byNode = new Map<string, Pod>()
  const surplus: Pod[] = []
  for (const pod of world.pods.ownedBy(set.metadata.uid)) {
    if (world.pods.isGoing(pod)) continue
    const node = nodeOf(pod) ?? ''
    if (!wanted.has(node) || byNode.has(node) || isTerminal(pod)) surplus.push(pod)
    else byNode.set(node, pod)
  }
  if (set.metadata.deletionTimestamp === undefined) {
    await Promise.all(surplus.map(pod => world.delete(world.pods, pod)))
    for (const name of wanted) {
      if (!byNode.has(name)) byNode.set(name, await createPod(world, set, name, hash, tolerations))
    }
    if (updateStrategy?.type !== 'OnDelete') await replaceOutdated(world, set, byNode, hash)
  }
  const pods = [...byNode.values()].filter(pod => !world.pods.isGoing(pod))
  await dropOldRevisions(world, set, new Set([hash, ...pods.map(revisionOf)]))
  const waits = pods.map(pod => availableIn(pod, minReadySeconds, world.now())).filter(wait => wait !== undefined)
  const later = waits.filter(wait => wait > 0)
  const available = waits.length - later.length
  const status = defined({
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: wanted.size,
    numberReady: pods.filter(isReady).length,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: unlessZero(pods.filter(pod => revisionOf(pod) === hash).length),
    numberAvailable: unlessZero(available),
    numberUnavailable: unlessZero(wanted.size - available),
  })
  if (canonical(status) !== canonical(set.status ?? {})) await world.updateStatus(world.daemonSets, { ...set, status })
  return later.length === 0 ? undefined : Math.min(...later)
}

const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionHashKey] ?? ''

async function replaceOutdated(world: World, set: DaemonSet, byNode: Map<string, Pod>, hash: string): Promise<void> {
  const pods = [...byNode.values()]
  const most = Math.max(1, scaled(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, pods.length, 'up'))
  const up = pods.filter(pod => availableIn(pod, set.spec.minReadySeconds, world.now()) === 0)
  let room = most - (pods.length - up.length)
  for (const pod of pods.filter(candidate => revisionOf(candidate) !== hash)) {
    const isUp = up.includes(pod)
    if (isUp && room <= 0) continue
    if (isUp) room--
    await world.delete(world.pods, pod)
  }
}

function createPod(world: World, set: DaemonSet, node: string, hash: string, tolerations: Toleration[]): Promise<Pod> {
  const { template } = set.spec
  const terms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }]
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } }
  const pod = podOf(set, template, {
    generateName: `${set.metadata.name}-`,
    labels: {
      [revisionHashKey]: hash,
      'pod-template-generation': set.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '1',
    },
    spec: { tolerations, affinity: { ...template.spec.affinity, nodeAffinity } },
  })
  return world.create(world.pods, pod)
}
