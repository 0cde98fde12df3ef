/** Networking, policy, autoscaling, storage, coordination and the rest, each with the little that is special about it. */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { forbiddenField, invalidValue, required } from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { child, ensured, fill, items, number, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { specChanged, specOf } from './workload-kinds.ts'

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
      out.push(invalidValue('spec', spec, 'either `defaultBackend` or `rules` must be specified'))
    }
    items(spec, 'rules').forEach((rule, i) => {
      items(child(rule, 'http'), 'paths').forEach((path, j) => {
        if (!path.pathType) {
          out.push(required(`spec.rules[${i}].http.paths[${j}].pathType`, 'pathType must be specified'))
        }
      })
    })
    return out
  },
}

export const networkPolicies: KindStrategy = {
  generation: specChanged,
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
    return spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
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
  validate: (object, live) =>
    live && object.value !== live.value ? [forbiddenField('value', 'may not be changed in an update.')] : [],
}

export const endpointSlices: KindStrategy = {
  generation: (next, live) => !sameJson(next.endpoints, live.endpoints) || !sameJson(next.ports, live.ports),
  defaults(object) {
    object.endpoints ??= null
    object.ports ??= null
    for (const port of items(object, 'ports')) fill(port, { name: '', protocol: 'TCP' })
  },
}

export const limitRanges: KindStrategy = { createOnUpdate: true }

const webhookChanged = (next: KubeObject, live: KubeObject) => !sameJson(next.webhooks, live.webhooks)

export const webhookConfigurations: KindStrategy = {
  generation: webhookChanged,
  needsResourceVersion: true,
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

export const podTemplates: KindStrategy = { generation: (next, live) => !sameJson(next.template, live.template) }
