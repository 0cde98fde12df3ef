/** Nodes that are always well: `node-1` of our own, and any Node that somebody makes. */
import { createHash } from 'node:crypto'
import { conditionOf } from './counts.ts'
import type { Condition, Node, Pod } from './kinds.ts'
import { keyOf } from './object-cache.ts'
import type { World } from './world.ts'

export const nodeName = 'node-1'
const kubelet = 'kubelet'

const bytes = (text: string) => createHash('sha256').update(text).digest()

export function nodeAddress(name: string): string {
  if (name === nodeName) return '192.168.0.2'
  const [a = 0, b = 0] = bytes(name)
  return `192.168.${(a % 250) + 1}.${(b % 250) + 2}`
}

/** An address in the pods' network, always the same for one pod. */
export function podAddress(pod: Pod): string {
  if (pod.spec.hostNetwork) return nodeAddress(pod.spec.nodeName ?? '')
  const [a = 0, b = 0, c = 0] = bytes(pod.metadata.uid ?? '')
  return pod.status?.podIP ?? `10.${244 + (a % 8)}.${b}.${(c % 254) + 1}`
}

export async function startSimulatedNodes(world: World): Promise<void> {
  const queue = world.queue('simulated node', async key => {
    const node = world.nodes.byKey(key)
    if (node === undefined || conditionOf(node.status?.conditions, 'Ready') !== undefined) return
    await world.updateStatus(world.nodes, { ...node, status: nodeStatus(node, world.timestamp()) }, kubelet)
  })
  world.nodes.onChange(node => queue.add(keyOf(node)))
  if ((await world.client.get({ apiVersion: 'v1', kind: 'Node', name: nodeName })) !== undefined) return
  await world.create(
    world.nodes,
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: {
          'beta.kubernetes.io/arch': 'amd64',
          'beta.kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/hostname': nodeName,
          'kubernetes.io/os': 'linux',
          'node-role.kubernetes.io/control-plane': '',
        },
      },
      spec: {},
    },
    kubelet,
  )
}

function nodeStatus(node: Node, time: string): NonNullable<Node['status']> {
  const { name } = node.metadata
  const resources = { cpu: '64', memory: '256Gi', pods: '10000', 'ephemeral-storage': '1Ti' }
  const condition = (type: string, status: string, reason: string, message: string): Condition => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  })
  return {
    capacity: resources,
    allocatable: resources,
    ...node.status,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    addresses: [
      { type: 'InternalIP', address: nodeAddress(name) },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: bytes(name).toString('hex').slice(0, 32),
      systemUUID: node.metadata.uid ?? '',
      bootID: node.metadata.uid ?? '',
      kernelVersion: '6.12.0',
      osImage: 'Simulated by Sluice',
      containerRuntimeVersion: 'containerd://2.1.0',
      kubeletVersion: 'v1.35.4',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  }
}
