/** Core kinds but pods, and the little ones of other groups that only show a few fields. */
import type { KubeObject } from '@sluice/api'
import { child, items, type Json, number, strings, text } from '../../kinds/record.ts'
import { age } from '../human-duration.ts'
import { ageOf, labelsText, none, spec, status, unset } from './cells.ts'
import type { Printer } from './printer.ts'

const size = (value: unknown) => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0)

export const configMaps: Printer = (object, now) => ({
  cells: [object.metadata.name, size(object.data) + size(object.binaryData), ageOf(object, now)],
})

export const secrets: Printer = (object, now) => ({
  cells: [object.metadata.name, text(object.type), size(object.data), ageOf(object, now)],
})

export const serviceAccounts: Printer = (object, now) => ({ cells: [object.metadata.name, ageOf(object, now)] })

export const namespaces: Printer = (object, now) => ({
  cells: [object.metadata.name, text(status(object).phase), ageOf(object, now)],
})

function externalAddress(service: KubeObject): string {
  const s = spec(service)
  const given = strings(s.externalIPs)
  if (s.type === 'ExternalName') return text(s.externalName)
  if (s.type !== 'LoadBalancer') return given.length ? given.join(',') : none
  const balancer = items(child(status(service), 'loadBalancer'), 'ingress').map(i => text(i.ip) || text(i.hostname))
  const all = [...new Set([...balancer, ...given])]
  return all.length ? all.join(',') : '<pending>'
}

function servicePorts(service: KubeObject): string {
  const ports = items(spec(service), 'ports').map(p => {
    const node = number(p.nodePort)
    return `${number(p.port)}${node ? `:${node}` : ''}/${text(p.protocol)}`
  })
  return ports.length ? ports.join(',') : none
}

export const services: Printer = (object, now) => {
  const s = spec(object)
  const address = strings(s.clusterIPs)[0] ?? text(s.clusterIP)
  return {
    cells: [
      object.metadata.name,
      text(s.type),
      address || none,
      externalAddress(object),
      servicePorts(object),
      ageOf(object, now),
      labelsText(child(s, 'selector')),
    ],
  }
}

function endpointsText(object: KubeObject): string {
  const out: string[] = []
  let more = false
  let count = 0
  for (const subset of items(object, 'subsets')) {
    const ports = items(subset, 'ports')
    const addresses = items(subset, 'addresses')
    for (const address of addresses) {
      for (const port of ports.length ? ports : [undefined]) {
        count++
        if (out.length === 3) more = true
        else out.push(port ? `${text(address.ip)}:${number(port.port)}` : text(address.ip))
      }
    }
  }
  if (!out.length) return none
  return more ? `${out.join(',')} + ${count - 3} more...` : out.join(',')
}

export const endpoints: Printer = (object, now) => ({
  cells: [object.metadata.name, endpointsText(object), ageOf(object, now)],
})

function nodeStatus(node: KubeObject): string {
  const ready = items(status(node), 'conditions').find(c => c.type === 'Ready')
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown']
  if (spec(node).unschedulable === true) words.push('SchedulingDisabled')
  return words.join(',')
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return key.slice(prefix.length) || []
    return key === 'kubernetes.io/role' && value ? value : []
  })
  return roles.length ? roles.sort().join(',') : none
}

export const nodes: Printer = (object, now) => {
  const info = child(status(object), 'nodeInfo')
  const address = (type: string) => text(items(status(object), 'addresses').find(a => a.type === type)?.address)
  return {
    cells: [
      object.metadata.name,
      nodeStatus(object),
      nodeRoles(object),
      ageOf(object, now),
      text(info?.kubeletVersion),
      address('InternalIP') || none,
      address('ExternalIP') || none,
      text(info?.osImage) || '<unknown>',
      text(info?.kernelVersion) || '<unknown>',
      text(info?.containerRuntimeVersion) || '<unknown>',
    ],
  }
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
const accessModes = (value: unknown) => [...new Set(strings(value).map(m => shortModes[m] ?? m))].join(',')

export const persistentVolumeClaims: Printer = (object, now) => {
  const s = spec(object)
  const bound = text(s.volumeName)
  const phase = object.metadata.deletionTimestamp ? 'Terminating' : text(status(object).phase)
  return {
    cells: [
      object.metadata.name,
      phase,
      bound,
      bound ? text(child(status(object), 'capacity')?.storage) : '',
      bound ? accessModes(status(object).accessModes) : '',
      text(s.storageClassName),
      text(s.volumeAttributesClassName) || unset,
      ageOf(object, now),
      text(s.volumeMode) || unset,
    ],
  }
}

export const persistentVolumes: Printer = (object, now) => {
  const s = spec(object)
  const claim = child(s, 'claimRef')
  return {
    cells: [
      object.metadata.name,
      text(child(s, 'capacity')?.storage),
      accessModes(s.accessModes),
      text(s.persistentVolumeReclaimPolicy),
      object.metadata.deletionTimestamp ? 'Terminating' : text(status(object).phase),
      claim ? `${text(claim.namespace)}/${text(claim.name)}` : '',
      text(s.storageClassName),
      text(s.volumeAttributesClassName) || unset,
      text(status(object).reason),
      ageOf(object, now),
      text(s.volumeMode) || unset,
    ],
  }
}

function quotaText(hard: Json | undefined, used: Json | undefined, wanted: (name: string) => boolean): string {
  return Object.keys(hard ?? {})
    .filter(wanted)
    .sort()
    .map(name => `${name}: ${text(used?.[name]) || '0'}/${text(hard?.[name])}`)
    .join(', ')
}

export const resourceQuotas: Printer = (object, now) => {
  const hard = child(status(object), 'hard')
  const used = child(status(object), 'used')
  const isLimit = (name: string) => name.startsWith('limits')
  return {
    cells: [
      object.metadata.name,
      quotaText(hard, used, name => !isLimit(name)),
      quotaText(hard, used, isLimit),
      ageOf(object, now),
    ],
  }
}

function lastSeen(event: KubeObject, now: number): string {
  const series = child(event, 'series')
  const last = series?.lastObservedTime ?? event.lastTimestamp ?? event.deprecatedLastTimestamp
  const first = event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime
  return age(last ?? first ?? undefined, now)
}

export const events: Printer = (event, now) => {
  const about = child(event, 'involvedObject') ?? child(event, 'regarding')
  const source = child(event, 'source') ?? child(event, 'deprecatedSource')
  const component = text(source?.component) || text(event.reportingComponent) || text(event.reportingController)
  const host = text(source?.host)
  const name = text(about?.name)
  const first = event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime
  const count = number(child(event, 'series')?.count) || number(event.count ?? event.deprecatedCount) || 1
  return {
    cells: [
      lastSeen(event, now),
      text(event.type),
      text(event.reason),
      `${text(about?.kind).toLowerCase()}${name ? `/${name}` : ''}`,
      text(about?.fieldPath),
      host ? `${component}, ${host}` : component,
      (text(event.message) || text(event.note)).trim(),
      age(first ?? undefined, now),
      count,
      event.metadata.name,
    ],
  }
}

export const componentStatuses: Printer = object => {
  const healthy = items(object, 'conditions').find(c => c.type === 'Healthy')
  return {
    cells: [
      object.metadata.name,
      healthy?.status === 'True' ? 'Healthy' : 'Unhealthy',
      text(healthy?.message),
      text(healthy?.error),
    ],
  }
}
