/** Networking, policy, autoscaling, storage, coordination and the rest, each with the little that is special about it. */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { parseQuantity } from '../go-types/quantity.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  qualifiedNameProblems,
  required,
  unsupported,
} from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { defaultPodTemplate } from './pod-defaults.ts'
import { podTemplateCauses } from './pod-validation.ts'
import { child, ensured, fill, items, type Json, number, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { admissionPolicyCauses, webhookConfigurationCauses } from './webhook-validation.ts'
import { specChanged, specOf } from './workload-kinds.ts'

const emptyStatus = (object: KubeObject) => {
  object.status = {}
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']

export const ingresses: KindStrategy = {
  generation: specChanged,
  prepareCreate(object) {
    object.status = { loadBalancer: {} }
  },
  validate(object) {
    const spec = specOf(object)
    const out: Cause[] = []
    if (!spec.defaultBackend && items(spec, 'rules').length === 0) {
      out.push(
        invalidValue(
          'spec',
          Object.keys(spec).length ? spec : null,
          'either `defaultBackend` or `rules` must be specified',
        ),
      )
    }
    items(spec, 'rules').forEach((rule, i) => {
      items(child(rule, 'http'), 'paths').forEach((path, j) => {
        const where = `spec.rules[${i}].http.paths[${j}]`
        if (!path.pathType) out.push(required(`${where}.pathType`, 'pathType must be specified'))
        else if (!pathTypes.includes(text(path.pathType))) {
          out.push(unsupported(`${where}.pathType`, path.pathType, pathTypes))
        } else if (path.pathType !== 'ImplementationSpecific' && !text(path.path).startsWith('/')) {
          out.push(invalidValue(`${where}.path`, text(path.path), 'must be an absolute path'))
        }
        const backend = child(path, 'backend')
        if (!child(backend, 'service') && !child(backend, 'resource')) {
          out.push(invalidValue(`${where}.backend`, '', 'resource or service backend is required'))
        }
      })
    })
    return out
  },
}

function policyPortCauses(rules: readonly Json[], path: string): Cause[] {
  return rules.flatMap((rule, i) =>
    items(rule, 'ports').flatMap((entry, j) => {
      const { port } = entry
      return typeof port === 'number' && (port < 1 || port > 65535)
        ? [invalidValue(`${path}[${i}].ports[${j}].port`, port, 'must be between 1 and 65535, inclusive')]
        : []
    }),
  )
}

export const networkPolicies: KindStrategy = {
  generation: specChanged,
  validate: object => [
    ...policyPortCauses(items(specOf(object), 'ingress'), 'spec.ingress'),
    ...policyPortCauses(items(specOf(object), 'egress'), 'spec.egress'),
  ],
  defaults(object) {
    const spec = specOf(object)
    ensured(spec, 'podSelector')
    for (const rule of [...items(spec, 'ingress'), ...items(spec, 'egress')]) {
      for (const port of items(rule, 'ports')) fill(port, { protocol: 'TCP' })
    }
    if (spec.policyTypes === undefined) {
      spec.policyTypes = items(spec, 'egress').length ? ['Ingress', 'Egress'] : ['Ingress']
    }
  },
}

export const podDisruptionBudgets: KindStrategy = {
  generation: specChanged,
  prepareCreate(object) {
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  validate(object) {
    const spec = specOf(object)
    const shown = {
      MinAvailable: spec.minAvailable ?? null,
      Selector: spec.selector ?? null,
      MaxUnavailable: spec.maxUnavailable ?? null,
      UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
    }
    return spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? [invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set')]
      : []
  },
}

export const storageClasses: KindStrategy = {
  defaults: object => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  returnsDeleted: true,
  validate(object, live) {
    const out: Cause[] = []
    if (!text(object.provisioner)) out.push(required('provisioner'))
    if (!live) return out
    const fixed = {
      parameters: 'updates to parameters are forbidden.',
      provisioner: 'updates to provisioner are forbidden.',
      reclaimPolicy: 'updates to reclaimPolicy are forbidden.',
    }
    for (const [field, why] of Object.entries(fixed)) {
      if (!sameJson(object[field], live[field])) out.push(forbiddenField(field, why))
    }
    for (const field of ['volumeBindingMode', 'allowedTopologies']) {
      if (!sameJson(object[field], live[field])) out.push(invalidValue(field, object[field], 'field is immutable'))
    }
    return out
  },
}

export const leases: KindStrategy = {
  createOnUpdate: true,
  needsResourceVersion: true,
  defaults: object => {
    ensured(object, 'spec')
  },
  validate(object) {
    const seconds = specOf(object).leaseDurationSeconds
    return seconds !== undefined && number(seconds) <= 0
      ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []
  },
}

export const priorityClasses: KindStrategy = {
  defaults: object => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  generation: (next, live) => !sameJson(next.value, live.value),
  validate: (object, live) => [
    ...(live && object.value !== live.value ? [forbiddenField('value', 'may not be changed in an update.')] : []),
    ...(live && object.preemptionPolicy !== live.preemptionPolicy
      ? [invalidValue('preemptionPolicy', object.preemptionPolicy, 'field is immutable')]
      : []),
  ],
}

export const endpointSlices: KindStrategy = {
  generation: (next, live) => !sameJson(next.endpoints, live.endpoints) || !sameJson(next.ports, live.ports),
  defaults(object) {
    object.endpoints ??= null
    object.ports ??= null
    for (const port of items(object, 'ports')) fill(port, { name: '', protocol: 'TCP' })
  },
  validate: (object, live) =>
    live && object.addressType !== live.addressType
      ? [invalidValue('addressType', object.addressType, 'field is immutable')]
      : [],
}

export const limitRanges: KindStrategy = {
  createOnUpdate: true,
  defaults(object) {
    for (const limit of items(specOf(object), 'limits')) {
      if (limit.type !== 'Container') continue
      const limits = { ...child(limit, 'max'), ...child(limit, 'default') }
      if (Object.keys(limits).length) limit.default = limits
      const requests = { ...child(limit, 'min'), ...limits, ...child(limit, 'defaultRequest') }
      if (Object.keys(requests).length) limit.defaultRequest = requests
    }
  },
  validate: object => limitRangeCauses(items(specOf(object), 'limits')),
}

const nanosOf = (value: unknown): bigint => parseQuantity(String(value))?.nanos ?? 0n

/** Of two bounds of one resource the first may not be greater than the second. */
const orders: readonly [low: string, lowWord: string, high: string, highWord: string, at: string][] = [
  ['min', 'min', 'max', 'max', 'min'],
  ['min', 'min', 'defaultRequest', 'default request', 'defaultRequest'],
  ['defaultRequest', 'default request', 'max', 'max', 'defaultRequest'],
  ['defaultRequest', 'default request', 'default', 'default limit', 'defaultRequest'],
  ['min', 'min', 'default', 'default', 'default'],
  ['default', 'default', 'max', 'max', 'default'],
]

function limitRangeCauses(limits: readonly Json[]): Cause[] {
  const types = new Set<string>()
  return limits.flatMap((limit, i) => {
    const path = `spec.limits[${i}]`
    const type = text(limit.type)
    const out: Cause[] = qualifiedNameProblems(type).map(p => invalidValue(`${path}.type`, type, p))
    if (types.has(type)) out.push(duplicate(`${path}.type`, type))
    types.add(type)
    if (type === 'Pod') {
      for (const key of ['default', 'defaultRequest']) {
        if (limit[key]) out.push(forbiddenField(`${path}.${key}`, "may not be specified when `type` is 'Pod'"))
      }
      return out
    }
    if (type === 'PersistentVolumeClaim' && !child(limit, 'min')?.storage && !child(limit, 'max')?.storage) {
      out.push(
        required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
      )
    }
    for (const [low, lowWord, high, highWord, at] of orders) {
      for (const [name, value] of Object.entries(child(limit, low) ?? {})) {
        const bound = child(limit, high)?.[name]
        if (bound === undefined || nanosOf(value) <= nanosOf(bound)) continue
        const why = `${lowWord} value ${value} is greater than ${highWord} value ${bound}`
        out.push(invalidValue(`${path}.${at}[${name}]`, at === low ? value : bound, why))
      }
    }
    for (const [name, value] of Object.entries(child(limit, 'maxLimitRequestRatio') ?? {})) {
      if (nanosOf(value) < 1_000_000_000n) {
        out.push(invalidValue(`${path}.maxLimitRequestRatio[${name}]`, value, `ratio ${value} is less than 1`))
      }
    }
    return out
  })
}

const webhookChanged = (next: KubeObject, live: KubeObject) => !sameJson(next.webhooks, live.webhooks)

export const webhookConfigurations: KindStrategy = {
  generation: webhookChanged,
  needsResourceVersion: true,
  validate: webhookConfigurationCauses,
  defaults(object) {
    for (const hook of items(object, 'webhooks')) {
      fill(hook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10 })
      ensured(hook, 'namespaceSelector')
      ensured(hook, 'objectSelector')
      for (const rule of items(hook, 'rules')) fill(rule, { scope: '*' })
      const service = child(child(hook, 'clientConfig'), 'service')
      if (service) fill(service, { port: 443 })
      if (object.kind === 'MutatingWebhookConfiguration') fill(hook, { reinvocationPolicy: 'Never' })
    }
  },
}

export const admissionPolicies: KindStrategy = {
  generation: specChanged,
  validate: admissionPolicyCauses,
  prepareCreate: emptyStatus,
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { failurePolicy: 'Fail' })
    const constraints = child(spec, 'matchConstraints')
    if (!constraints) return
    fill(constraints, { matchPolicy: 'Equivalent' })
    ensured(constraints, 'namespaceSelector')
    ensured(constraints, 'objectSelector')
    for (const rule of items(constraints, 'resourceRules')) fill(rule, { scope: '*' })
  },
}

export const admissionPolicyBindings: KindStrategy = { generation: specChanged }

export const controllerRevisions: KindStrategy = {
  validate: (object, live) =>
    live && !sameJson(object.data, live.data) ? [invalidValue('data', object.data, 'field is immutable')] : [],
}

export const certificateRequests: KindStrategy = {
  prepareCreate(object, { user }) {
    object.status = {}
    Object.assign(specOf(object), {
      username: user.name,
      groups: [...user.groups],
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.extra ? { extra: user.extra } : {}),
    })
  },
  fields: { 'spec.signerName': o => text(child(o, 'spec')?.signerName) },
  ownFieldLabels: true,
}

export const ingressClasses: KindStrategy = {
  generation: specChanged,
  defaults(object) {
    const parameters = child(child(object, 'spec'), 'parameters')
    if (parameters) fill(parameters, { scope: 'Cluster' })
  },
  validate: (object, live) =>
    live && specOf(object).controller !== specOf(live).controller
      ? [invalidValue('spec.controller', specOf(object).controller, 'field is immutable')]
      : [],
}

export const csiDrivers: KindStrategy = {
  defaults: object =>
    fill(specOf(object), {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    }),
}

export const podTemplates: KindStrategy = {
  generation: (next, live) => !sameJson(next.template, live.template),
  defaults: object => defaultPodTemplate(object.template),
  validate: object => podTemplateCauses(object.template, 'template'),
}

export const runtimeClasses: KindStrategy = {
  validate: (object, live) =>
    live && object.handler !== live.handler ? [invalidValue('handler', object.handler, 'field is immutable')] : [],
}

export const csiNodes: KindStrategy = {
  validate: object =>
    items(specOf(object), 'drivers').flatMap((driver, i) => [
      ...(text(driver.name) ? [] : [required(`spec.drivers[${i}].name`)]),
      ...(text(driver.nodeID) ? [] : [required(`spec.drivers[${i}].nodeID`)]),
    ]),
}
