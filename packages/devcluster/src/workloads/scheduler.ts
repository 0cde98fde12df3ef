/** Binds pods to nodes, and says in a condition why one has to wait. There is room on a node for as many pods as come, but not for one that is too big. */
import { conditionOf, withCondition } from './counts.ts'
import type { Node, Pod } from './kinds.ts'
import { isUsable, matchesNode, repellingTaint } from './node-fit.ts'
import { keyOf } from './object-cache.ts'
import { isTerminal, refOf } from './pods.ts'
import { amount } from './quantity.ts'
import type { World } from './world.ts'

const scheduler = 'kube-scheduler'

export function startScheduler(world: World): void {
  const queue = world.queue('schedule', async key => {
    const pod = world.pods.byKey(key)
    if (pod === undefined || !isWaiting(pod) || world.pods.isGoing(pod)) return
    await schedule(world, pod)
  })
  world.pods.onChange(pod => {
    if (isWaiting(pod)) queue.add(keyOf(pod))
  })
  const retryAll = () => {
    for (const pod of world.pods.all()) if (isWaiting(pod)) queue.add(keyOf(pod))
  }
  world.nodes.onChange((node, old) => {
    if (old === undefined || isUsable(node) !== isUsable(old) || labelsOf(node) !== labelsOf(old)) retryAll()
  })
  world.claims.onChange(retryAll)
}

const labelsOf = (node: Node) => JSON.stringify([node.metadata.labels, node.spec])

const isWaiting = (pod: Pod): boolean =>
  !pod.spec.nodeName && !isTerminal(pod) && (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler'

async function schedule(world: World, pod: Pod): Promise<void> {
  if ((pod.spec.schedulingGates ?? []).length > 0) {
    await explain(world, pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates')
    return
  }
  const missing = missingClaim(world, pod)
  if (missing !== undefined) {
    await explain(world, pod, 'Unschedulable', missing)
    return
  }
  const nodes = [...world.nodes.all()]
  const reasons = new Map<string, number>()
  const fitting = nodes.filter(node => {
    const reason = refusal(node, pod)
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    return reason === undefined
  })
  // The oldest node comes first, so that nodes which come and go with a test do not take other pods.
  const [node] = fitting.toSorted((a, b) => age(a) - age(b))
  if (node === undefined) {
    const details = [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => `${count} ${reason}`)
    const text =
      nodes.length === 0
        ? 'no nodes available to schedule pods'
        : `0/${nodes.length} nodes are available: ${details.join(', ')}. preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`
    await explain(world, pod, 'Unschedulable', text)
    return
  }
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '' },
    target: { kind: 'Node', name: node.metadata.name },
  }
  world.pods.learn((await world.client.createSubresource(refOf(pod), 'binding', binding)) as Pod)
}

const age = (node: Node) => Date.parse(node.metadata.creationTimestamp ?? '')

function refusal(node: Node, pod: Pod): string | undefined {
  if (!isUsable(node)) return 'node(s) were not ready'
  if (node.spec?.unschedulable && !pod.spec.tolerations?.some(t => t.key === 'node.kubernetes.io/unschedulable')) {
    return 'node(s) were unschedulable'
  }
  if (!matchesNode(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector"
  const taint = repellingTaint(pod.spec.tolerations, node)
  if (taint !== undefined) return `node(s) had untolerated taint ${taint}`
  const allocatable = node.status?.allocatable
  if (allocatable === undefined) return undefined
  for (const resource of ['cpu', 'memory']) {
    const wanted = pod.spec.containers.reduce(
      (sum, container) => sum + amount(container.resources?.requests?.[resource]),
      0,
    )
    if (wanted > amount(allocatable[resource])) return `Insufficient ${resource}`
  }
  return undefined
}

function missingClaim(world: World, pod: Pod): string | undefined {
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue
    const claim = world.claims.get(pod.metadata.namespace, persistentVolumeClaim.claimName)
    if (claim === undefined) return `persistentvolumeclaim "${persistentVolumeClaim.claimName}" not found`
    if (claim.status?.phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims'
  }
  return undefined
}

async function explain(world: World, pod: Pod, reason: string, message: string): Promise<void> {
  if (reason === 'Unschedulable') {
    world.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' })
  }
  const known = conditionOf(pod.status?.conditions, 'PodScheduled')
  if (known?.status === 'False' && known.reason === reason && known.message === message) return
  const conditions = withCondition(pod.status?.conditions, {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: world.timestamp(),
    reason,
    message,
  })
  await world.updateStatus(world.pods, { ...pod, status: { ...pod.status, conditions } }, scheduler)
}
