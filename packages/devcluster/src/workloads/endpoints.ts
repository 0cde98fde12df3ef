/** Endpoints and EndpointSlices: which pods a service reaches. Endpoints written by hand are mirrored into slices. */
import type { KubeObject } from '@sluice/api'
import type { Endpoints, Pod, Service } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { isReady, isTerminal, ownerReference } from './pods.ts'
import { selects } from './selector.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

const serviceLabel = 'kubernetes.io/service-name'
const managedBy = 'endpointslice.kubernetes.io/managed-by'
const endpointsManagedBy = 'endpoints.kubernetes.io/managed-by'

export function startEndpoints(world: World): void {
  const queue = world.queue('Service', async key => {
    const service = world.services.byKey(key)
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) return
    if (service.spec.type === 'ExternalName') return
    if (service.spec.selector === undefined || Object.keys(service.spec.selector).length === 0) return
    // A pod without a node has an address only by hand; the real controller cannot write such an entry either.
    const pods = world.pods
      .in(service.metadata.namespace)
      .filter(
        pod =>
          selects({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels) &&
          pod.status?.podIP !== undefined &&
          pod.spec.nodeName !== undefined,
      )
      .filter(pod => !isTerminal(pod))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    await writeEndpoints(world, service, pods)
    await writeSlice(world, service, pods)
  })
  const mirror = world.queue('Endpoints', async key => {
    const endpoints = world.endpoints.byKey(key)
    if (endpoints !== undefined) await mirrorSlice(world, endpoints)
  })
  world.services.onChange(service => {
    queue.add(keyOf(service))
    mirror.add(keyOf(service))
  })
  world.endpoints.onChange(endpoints => mirror.add(keyOf(endpoints)))
  world.endpointSlices.onGone(slice => {
    const name = slice.metadata.labels?.[serviceLabel]
    if (name !== undefined) queue.add(`${slice.metadata.namespace ?? ''}/${name}`)
  })
  const podChanged = (pod: Pod, old?: Pod) => {
    if (old !== undefined && concerns(pod) === concerns(old)) return
    for (const service of world.services.in(pod.metadata.namespace)) {
      const selector = { matchLabels: service.spec.selector ?? {} }
      if (selects(selector, pod.metadata.labels) || selects(selector, old?.metadata.labels)) queue.add(keyOf(service))
    }
  }
  world.pods.onChange(podChanged)
  world.pods.onGone(pod => podChanged(pod))
}

const concerns = (pod: Pod) =>
  [
    pod.status?.podIP,
    isReady(pod),
    isTerminal(pod),
    pod.metadata.deletionTimestamp,
    canonical(pod.metadata.labels ?? {}),
  ].join()

interface Port {
  name?: string
  port: number
  protocol: string
  appProtocol?: string
}

/** The ports of a service on these pods: a named target port is what the containers call it. */
function portsOn(service: Service, pods: readonly Pod[]): Port[] {
  return (service.spec.ports ?? []).map(({ name, port, protocol = 'TCP', targetPort, appProtocol }) => {
    const target = typeof targetPort === 'string' ? namedPort(targetPort, pods) : (targetPort ?? port)
    return {
      ...(name ? { name } : {}),
      port: target || port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }
  })
}

function namedPort(name: string, pods: readonly Pod[]): number {
  for (const pod of pods) {
    for (const { ports = [] } of pod.spec.containers) {
      const found = ports.find(port => port.name === name)
      if (found !== undefined) return found.containerPort
    }
  }
  return Number(name) || 0
}

const isServing = (service: Service, pod: Pod) => service.spec.publishNotReadyAddresses === true || isReady(pod)

function headless(service: Service): Record<string, string> {
  return service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}
}

const targetOf = ({ metadata: { name, namespace = '', uid = '' } }: Pod) => ({ kind: 'Pod', namespace, name, uid })

async function writeEndpoints(world: World, service: Service, pods: readonly Pod[]): Promise<void> {
  const { name, namespace = '' } = service.metadata
  const address = (pod: Pod) => ({
    ip: pod.status?.podIP ?? '',
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: targetOf(pod),
  })
  const there = pods.filter(pod => pod.metadata.deletionTimestamp === undefined)
  const addresses = there.filter(pod => isServing(service, pod)).map(address)
  const notReadyAddresses = there.filter(pod => !isServing(service, pod)).map(address)
  const subset = {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ports: portsOn(service, pods),
  }
  const labels = { ...service.metadata.labels, [endpointsManagedBy]: 'endpoint-controller', ...headless(service) }
  const wanted = there.length === 0 ? {} : { subsets: [subset] }
  const known = world.endpoints.get(namespace, name)
  if (known === undefined) {
    await world.create(world.endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, namespace, labels },
      ...wanted,
    })
    return
  }
  if (canonical([known.subsets ?? [], known.metadata.labels ?? {}]) === canonical([wanted.subsets ?? [], labels]))
    return
  const { subsets: _, ...rest } = known
  await world.update(world.endpoints, { ...rest, metadata: { ...known.metadata, labels }, ...wanted })
}

async function writeSlice(world: World, service: Service, pods: readonly Pod[]): Promise<void> {
  const endpoints = pods.map(pod => {
    const isGoing = pod.metadata.deletionTimestamp !== undefined
    const serving = isServing(service, pod)
    return {
      addresses: [pod.status?.podIP ?? ''],
      conditions: { ready: serving && !isGoing, serving, terminating: isGoing },
      ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: targetOf(pod),
    }
  })
  const ports = pods.length === 0 ? [] : portsOn(service, pods).map(port => ({ name: '', ...port }))
  await put(
    world,
    service,
    'endpointslice-controller.k8s.io',
    { ...service.metadata.labels, ...headless(service) },
    endpoints,
    ports,
  )
}

async function mirrorSlice(world: World, endpoints: Endpoints): Promise<void> {
  const { namespace, name, labels = {} } = endpoints.metadata
  const service = world.services.get(namespace, name)
  const isOurs =
    labels[endpointsManagedBy] !== undefined || labels['endpointslice.kubernetes.io/skip-mirror'] === 'true'
  if (service === undefined || service.spec.selector !== undefined || isOurs) return
  const subset = endpoints.subsets?.[0]
  const entries = [
    ...(subset?.addresses ?? []).map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
    ...(subset?.notReadyAddresses ?? []).map(({ ip }) => ({ addresses: [ip], conditions: { ready: false } })),
  ]
  const ports = (subset?.ports ?? []).map(({ name: portName = '', port, protocol = 'TCP' }) => ({
    name: portName,
    port,
    protocol,
  }))
  await put(world, endpoints, 'endpointslicemirroring-controller.k8s.io', labels, entries, ports)
}

async function put(
  world: World,
  owner: KubeObject,
  manager: string,
  inherited: Record<string, string>,
  endpoints: object[],
  ports: Port[],
): Promise<void> {
  const { name, namespace = '', uid } = owner.metadata
  const labels = { ...inherited, [managedBy]: manager, [serviceLabel]: name }
  const known = world.endpointSlices.in(namespace).find(slice => controllerOf(slice)?.uid === uid)
  const content = {
    addressType: 'IPv4',
    endpoints: endpoints.length === 0 ? null : endpoints,
    ports: ports.length === 0 ? null : ports,
  }
  if (known === undefined) {
    const metadata = { name: '', generateName: `${name}-`, namespace, labels, ownerReferences: [ownerReference(owner)] }
    await world.create(world.endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      ...content,
    })
    return
  }
  const part = (slice: Record<string, unknown>, own: unknown) =>
    canonical([slice.endpoints ?? null, slice.ports ?? null, own])
  if (part(known, known.metadata.labels) === part(content, labels)) return
  await world.update(world.endpointSlices, { ...known, metadata: { ...known.metadata, labels }, ...content })
}
