/** Networking, policy, access, storage and the rest. */
import type { KubeObject } from '@sluice/api'
import { type RoleRef, roleRefOf } from '../../access/rbac.ts'
import { child, items, type Json, number, strings, text } from '../../kinds/record.ts'
import { humanDuration } from '../human-duration.ts'
import { ageOf, firstThree, none, selectorText, spec, status, unset } from './cells.ts'
import type { Printer } from './printer.ts'

function balancerText(object: KubeObject): string {
  const found = items(child(status(object), 'loadBalancer'), 'ingress').map(i => text(i.ip) || text(i.hostname))
  return found.filter(t => t).join(',')
}

function hostsText(object: KubeObject): string {
  const hosts = items(spec(object), 'rules')
    .map(r => text(r.host))
    .filter(h => h)
  return hosts.length ? firstThree(hosts) : '*'
}

export const ingresses: Printer = (object, now) => ({
  cells: [
    object.metadata.name,
    text(spec(object).ingressClassName) || none,
    hostsText(object),
    balancerText(object),
    items(spec(object), 'tls').length ? '80, 443' : '80',
    ageOf(object, now),
  ],
})

export const ingressClasses: Printer = (object, now) => {
  const parameters = child(spec(object), 'parameters')
  const group = text(parameters?.apiGroup)
  return {
    cells: [
      object.metadata.name,
      text(spec(object).controller),
      parameters ? `${text(parameters.kind)}${group ? `.${group}` : ''}/${text(parameters.name)}` : none,
      ageOf(object, now),
    ],
  }
}

export const networkPolicies: Printer = (object, now) => ({
  cells: [object.metadata.name, selectorText(child(spec(object), 'podSelector')), ageOf(object, now)],
})

export const serviceCidrs: Printer = (object, now) => ({
  cells: [object.metadata.name, strings(spec(object).cidrs).join(','), ageOf(object, now)],
})

export const ipAddresses: Printer = object => {
  const parent = child(spec(object), 'parentRef')
  const parts = [text(parent?.resource), text(parent?.namespace), text(parent?.name)].filter(t => t)
  return { cells: [object.metadata.name, parent ? parts.join('/') : none] }
}

export const endpointSlices: Printer = (object, now) => {
  const ports = items(object, 'ports').map(p => (p.port === undefined ? '*' : String(number(p.port))))
  const addresses = items(object, 'endpoints').flatMap(e => strings(e.addresses))
  return {
    cells: [
      object.metadata.name,
      text(object.addressType),
      ports.length ? firstThree(ports) : unset,
      addresses.length ? firstThree(addresses) : unset,
      ageOf(object, now),
    ],
  }
}

const shown = (value: unknown) => (value === undefined ? undefined : String(value))

function metricText(metric: Json, current: Json | undefined): string {
  const key = `${text(metric.type).charAt(0).toLowerCase()}${text(metric.type).slice(1)}`
  const target = child(child(metric, key), 'target')
  const now = child(child(current, key), 'current')
  const name = text(child(metric, key)?.name)
  if (target?.averageUtilization !== undefined) {
    const used = now?.averageUtilization === undefined ? '<unknown>' : `${number(now.averageUtilization)}%`
    return `${name}: ${used}/${number(target.averageUtilization)}%`
  }
  if (target?.averageValue !== undefined) {
    const used = shown(now?.averageValue) ?? '<unknown>'
    return name ? `${name}: ${used}/${target.averageValue}` : `${used}/${target.averageValue} (avg)`
  }
  return `${shown(now?.value) ?? '<unknown>'}/${target?.value ?? ''}`
}

function targetsText(object: KubeObject): string {
  const s = spec(object)
  if (object.apiVersion === 'autoscaling/v1') {
    const target = s.targetCPUUtilizationPercentage
    const used = status(object).currentCPUUtilizationPercentage
    return target === undefined ? none : `cpu: ${used === undefined ? '<unknown>' : `${used}%`}/${target}%`
  }
  const metrics = items(s, 'metrics')
  if (!metrics.length) return none
  const current = items(status(object), 'currentMetrics')
  const texts = metrics.map((m, i) => metricText(m, current[i]))
  return texts.length > 2 ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...` : texts.join(', ')
}

export const autoscalers: Printer = (object, now) => {
  const s = spec(object)
  const target = child(s, 'scaleTargetRef')
  return {
    cells: [
      object.metadata.name,
      `${text(target?.kind)}/${text(target?.name)}`,
      targetsText(object),
      s.minReplicas === undefined ? unset : String(number(s.minReplicas)),
      number(s.maxReplicas),
      number(status(object).currentReplicas),
      ageOf(object, now),
    ],
  }
}

export const disruptionBudgets: Printer = (object, now) => ({
  cells: [
    object.metadata.name,
    shown(spec(object).minAvailable) ?? 'N/A',
    shown(spec(object).maxUnavailable) ?? 'N/A',
    number(status(object).disruptionsAllowed),
    ageOf(object, now),
  ],
})

function subjectNames(object: KubeObject, kind: string): string {
  return items(object, 'subjects')
    .filter(s => s.kind === kind)
    .map(s => (kind === 'ServiceAccount' ? `${text(s.namespace)}/${text(s.name)}` : text(s.name)))
    .join(', ')
}

export const roleBindings: Printer = (object, now) => {
  const ref: RoleRef | undefined = roleRefOf(object)
  return {
    cells: [
      object.metadata.name,
      `${ref?.kind ?? ''}/${ref?.name ?? ''}`,
      ageOf(object, now),
      subjectNames(object, 'User'),
      subjectNames(object, 'Group'),
      subjectNames(object, 'ServiceAccount'),
    ],
  }
}

export const storageClasses: Printer = (object, now) => {
  const isDefault = object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
  return {
    cells: [
      isDefault ? `${object.metadata.name} (default)` : object.metadata.name,
      text(object.provisioner),
      text(object.reclaimPolicy) || 'Delete',
      text(object.volumeBindingMode) || 'Immediate',
      object.allowVolumeExpansion === true,
      ageOf(object, now),
    ],
  }
}

export const leases: Printer = (object, now) => ({
  cells: [object.metadata.name, text(spec(object).holderIdentity), ageOf(object, now)],
})

export const priorityClasses: Printer = (object, now) => ({
  cells: [
    object.metadata.name,
    number(object.value),
    object.globalDefault === true,
    ageOf(object, now),
    text(object.preemptionPolicy) || unset,
  ],
})

export const webhookConfigurations: Printer = (object, now) => ({
  cells: [object.metadata.name, items(object, 'webhooks').length, ageOf(object, now)],
})

export const admissionPolicies: Printer = (object, now) => {
  const kind = child(spec(object), 'paramKind')
  return {
    cells: [
      object.metadata.name,
      items(spec(object), 'validations').length,
      kind ? `${text(kind.apiVersion)}/${text(kind.kind)}` : unset,
      ageOf(object, now),
    ],
  }
}

export const admissionPolicyBindings: Printer = (object, now) => {
  const ref = child(spec(object), 'paramRef')
  const namespace = text(ref?.namespace)
  const name = text(ref?.name) || (ref?.selector ? selectorText(child(ref, 'selector')) : '')
  return {
    cells: [
      object.metadata.name,
      text(spec(object).policyName),
      ref ? (namespace ? `${namespace}/${name}` : name) : unset,
      ageOf(object, now),
    ],
  }
}

function requestCondition(object: KubeObject): string {
  const conditions = items(status(object), 'conditions')
  const holds = (type: string) => conditions.some(c => c.type === type)
  const words = [holds('Approved') ? 'Approved' : holds('Denied') ? 'Denied' : 'Pending']
  if (holds('Failed')) words.push('Failed')
  if (text(status(object).certificate)) words.push('Issued')
  return words.join(',')
}

export const certificateRequests: Printer = (object, now) => {
  const seconds = spec(object).expirationSeconds
  return {
    cells: [
      object.metadata.name,
      ageOf(object, now),
      text(spec(object).signerName) || none,
      text(spec(object).username),
      seconds === undefined ? none : humanDuration(number(seconds) * 1000),
      requestCondition(object),
    ],
  }
}

export const runtimeClasses: Printer = (object, now) => ({
  cells: [object.metadata.name, text(object.handler), ageOf(object, now)],
})

export const csiDrivers: Printer = (object, now) => {
  const s = spec(object)
  const tokens = items(s, 'tokenRequests').map(t => text(t.audience))
  const modes = strings(s.volumeLifecycleModes)
  return {
    cells: [
      object.metadata.name,
      s.attachRequired !== false,
      s.podInfoOnMount === true,
      s.storageCapacity === true,
      tokens.length ? tokens.join(',') : unset,
      s.requiresRepublish === true,
      modes.length ? modes.join(',') : none,
      ageOf(object, now),
    ],
  }
}

export const csiNodes: Printer = (object, now) => ({
  cells: [object.metadata.name, items(spec(object), 'drivers').length, ageOf(object, now)],
})

export const volumeAttachments: Printer = (object, now) => ({
  cells: [
    object.metadata.name,
    text(spec(object).attacher),
    text(child(spec(object), 'source')?.persistentVolumeName),
    text(spec(object).nodeName),
    status(object).attached === true,
    ageOf(object, now),
  ],
})

export const volumeAttributesClasses: Printer = (object, now) => ({
  cells: [object.metadata.name, text(object.driverName), ageOf(object, now)],
})

export const named: Printer = (object, now) => ({ cells: [object.metadata.name, ageOf(object, now)] })
