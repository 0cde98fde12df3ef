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
import { ingressRuleCauses, policyRuleCauses, policyTypeCauses } from './network-validation.ts'
import { defaultPodTemplate } from './pod-defaults.ts'
import { podTemplateCauses } from './pod-validation.ts'
import { child, ensured, fill, items, type Json, number, strings, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { admissionPolicyCauses, webhookConfigurationCauses } from './webhook-validation.ts'
import { labelSelectorCauses, specChanged, specOf } from './workload-kinds.ts'

const emptyStatus = (object: KubeObject) => {
  object.status = {}
}

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
    return [...out, ...ingressRuleCauses(spec)]
  },
}

export const networkPolicies: KindStrategy = {
  generation: specChanged,
  validate(object) {
    const spec = specOf(object)
    return [
      ...labelSelectorCauses(child(spec, 'podSelector'), 'spec.podSelector'),
      ...policyRuleCauses(items(spec, 'ingress'), 'from', 'spec.ingress'),
      ...policyRuleCauses(items(spec, 'egress'), 'to', 'spec.egress'),
      ...policyTypeCauses(strings(spec.policyTypes)),
    ]
  },
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

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget']

/** What is wrong with a number of pods or a share of them. */
function countProblem(value: unknown): string | undefined {
  if (typeof value === 'number') return value < 0 ? 'must be greater than or equal to 0' : undefined
  if (typeof value !== 'string') return undefined
  if (!/^\d+%$/.test(value)) {
    return "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
  }
  return Number.parseInt(value, 10) > 100 ? 'must not be greater than 100%' : undefined
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
    const out: Cause[] = []
    if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
      out.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'))
    }
    for (const field of ['minAvailable', 'maxUnavailable']) {
      const problem = countProblem(spec[field])
      if (problem) out.push(invalidValue(`spec.${field}`, spec[field], problem))
    }
    const policy = spec.unhealthyPodEvictionPolicy
    if (policy && !evictionPolicies.includes(text(policy))) {
      out.push(unsupported('spec.unhealthyPodEvictionPolicy', policy, evictionPolicies))
    }
    return [...out, ...labelSelectorCauses(child(spec, 'selector'), 'spec.selector')]
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

/** Of two bounds of one resource the first may not be greater than the second; at which field that is said, and which is shown. */
const orders: readonly [
  low: string,
  lowWord: string,
  high: string,
  highWord: string,
  at: string,
  shows: 'low' | 'high',
][] = [
  ['min', 'min', 'max', 'max', 'min', 'low'],
  ['min', 'min', 'defaultRequest', 'default request', 'defaultRequest', 'high'],
  ['defaultRequest', 'default request', 'max', 'max', 'defaultRequest', 'low'],
  ['defaultRequest', 'default request', 'default', 'default limit', 'defaultRequest', 'low'],
  ['min', 'min', 'default', 'default', 'default', 'low'],
  ['default', 'default', 'max', 'max', 'default', 'high'],
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
    for (const [low, lowWord, high, highWord, at, shows] of orders) {
      for (const [name, value] of Object.entries(child(limit, low) ?? {})) {
        const bound = child(limit, high)?.[name]
        if (bound === undefined || nanosOf(value) <= nanosOf(bound)) continue
        const why = `${lowWord} value ${value} is greater than ${highWord} value ${bound}`
        out.push(invalidValue(`${path}.${at}[${name}]`, shows === 'low' ? value : bound, why))
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

const apiServiceBounds = { groupPriorityMinimum: 20000, versionPriority: 1000 }

export const apiServices: KindStrategy = {
  prepareCreate: emptyStatus,
  defaults(object) {
    const service = child(specOf(object), 'service')
    if (service) fill(service, { port: 443 })
  },
  validate(object) {
    const spec = specOf(object)
    const name = `${text(spec.version)}.${text(spec.group)}`
    const out: Cause[] = []
    if (object.metadata.name !== name) {
      const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`
      out.push(invalidValue('metadata.name', object.metadata.name, why))
    }
    for (const [field, limit] of Object.entries(apiServiceBounds)) {
      const value = number(spec[field])
      if (value <= 0 || value > limit) {
        out.push(invalidValue(`spec.${field}`, value, `must be positive and less than ${limit}`))
      }
    }
    const service = child(spec, 'service')
    for (const field of ['namespace', 'name']) {
      if (service && !text(service[field])) out.push(required(`spec.service.${field}`))
    }
    if (spec.insecureSkipTLSVerify === true && text(spec.caBundle)) {
      out.push(invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'))
    }
    return out
  },
}
