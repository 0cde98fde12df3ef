/** Pods: defaults, the service account's token volume, quality of service, what may change, and graceful deletion. */
import type { KubeObject } from '@sluice/api'
import { checkLimits, defaultLimits } from '../admission/limit-ranger.ts'
import { type Cause, failure, forbidden } from '../api-error.ts'
import type { Api } from '../requests/api.ts'
import { randomSuffix } from '../requests/api.ts'
import { forbiddenField, invalidValue } from '../requests/metadata-validation.ts'
import { copied, sameJson } from '../requests/request.ts'
import { defaultPodSpec, defaultRequests } from './pod-defaults.ts'
import { podSpecCauses } from './pod-validation.ts'
import { child, fill, isJson, items, type Json, number, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { specChanged, specOf } from './workload-kinds.ts'

const tokenMount = '/var/run/secrets/kubernetes.io/serviceaccount'
const pods = { group: '', resource: 'pods' }

function tokenVolume(name: string): Json {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    },
  }
}

/** The ServiceAccount admission plugin. */
function admitServiceAccount(object: KubeObject, api: Api): void {
  const spec = specOf(object)
  const name = text(spec.serviceAccountName) || 'default'
  const namespace = object.metadata.namespace ?? ''
  spec.serviceAccountName = name
  spec.serviceAccount = name
  const account = api.find('/serviceaccounts', namespace, name)
  if (!account) {
    throw forbidden(
      pods,
      object.metadata.name,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  if (!spec.imagePullSecrets && Array.isArray(account.imagePullSecrets)) {
    spec.imagePullSecrets = copied(account.imagePullSecrets)
  }
  const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
  if (automount !== true) return
  const containers = [...items(spec, 'containers'), ...items(spec, 'initContainers')]
  const lacking = containers.filter(c => !items(c, 'volumeMounts').some(m => m.mountPath === tokenMount))
  if (lacking.length === 0) return
  const volume = `kube-api-access-${randomSuffix()}`
  spec.volumes = [...items(spec, 'volumes'), tokenVolume(volume)]
  for (const container of lacking) {
    container.volumeMounts = [
      ...items(container, 'volumeMounts'),
      { name: volume, readOnly: true, mountPath: tokenMount },
    ]
  }
}

/** DefaultTolerationSeconds. */
function admitTolerations(object: KubeObject): void {
  const spec = specOf(object)
  const present = items(spec, 'tolerations')
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    key => !present.some(t => (t.key === key || !t.key) && (t.effect === 'NoExecute' || !t.effect)),
  )
  if (added.length === 0) return
  spec.tolerations = [
    ...present,
    ...added.map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })),
  ]
}

/** Priority. */
function admitPriority(object: KubeObject, api: Api): void {
  const spec = specOf(object)
  const classes = api.store.collection('scheduling.k8s.io/priorityclasses')
  const name = text(spec.priorityClassName)
  const found = name
    ? classes.get('', name)?.object
    : classes.items('').find(c => c.object.globalDefault === true)?.object
  if (name && !found) throw forbidden(pods, object.metadata.name, `no PriorityClass with name ${name} was found`)
  const computed = found?.preemptionPolicy ?? 'PreemptLowerPriority'
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== computed) {
    throw forbidden(
      pods,
      object.metadata.name,
      `the string value of PreemptionPolicy (${text(spec.preemptionPolicy)}) must not be provided in pod spec; priority admission controller computed ${text(computed)} from the given PriorityClass name`,
    )
  }
  if (found && !name) spec.priorityClassName = found.metadata.name
  spec.priority = number(found?.value)
  fill(spec, { preemptionPolicy: found?.preemptionPolicy ?? 'PreemptLowerPriority', enableServiceLinks: true })
}

/** RuntimeClass: its overhead and node selector become the pod's. */
function admitRuntimeClass(object: KubeObject, api: Api): void {
  const spec = specOf(object)
  const name = text(spec.runtimeClassName)
  if (!name) return
  const found = api.find('node.k8s.io/runtimeclasses', '', name)
  if (!found) {
    throw forbidden(pods, object.metadata.name, `pod rejected: RuntimeClass "${name}" not found`)
  }
  const overhead = child(child(found, 'overhead'), 'podFixed')
  if (overhead) {
    fill(spec, { overhead })
    if (!sameJson(spec.overhead, overhead)) {
      const why = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
      throw forbidden(pods, object.metadata.name, why)
    }
  }
  const scheduling = child(found, 'scheduling')
  const nodes = child(scheduling, 'nodeSelector')
  if (nodes) spec.nodeSelector = { ...child(spec, 'nodeSelector'), ...nodes }
  const tolerations = items(scheduling, 'tolerations')
  if (tolerations.length) spec.tolerations = [...items(spec, 'tolerations'), ...tolerations]
}

export function qosClass(spec: Json): string {
  const containers = [...items(spec, 'containers'), ...items(spec, 'initContainers')]
  const kinds = ['cpu', 'memory']
  const has = (part: string) =>
    containers.some(c => Object.keys(child(child(c, 'resources'), part) ?? {}).some(k => kinds.includes(k)))
  if (!has('requests') && !has('limits')) return 'BestEffort'
  const guaranteed = containers.every(c => {
    const resources = child(c, 'resources')
    const limits = child(resources, 'limits')
    const requests = child(resources, 'requests')
    return kinds.every(k => limits?.[k] !== undefined && (requests?.[k] ?? limits[k]) === limits[k])
  })
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** What an update may change, taken out for comparison. */
function fixedParts(object: KubeObject, isGated: boolean): Json {
  const {
    schedulingGates: _s,
    activeDeadlineSeconds: _a,
    tolerations: _t,
    terminationGracePeriodSeconds: _g,
    ...spec
  } = specOf(object)
  const withoutImage = (list: string) => items(spec, list).map(({ image: _i, ...rest }) => rest)
  const fixed: Json = {
    ...spec,
    containers: withoutImage('containers'),
    initContainers: withoutImage('initContainers'),
  }
  // While scheduling is held back, where the pod may go is still open.
  if (isGated) {
    delete fixed.nodeSelector
    delete fixed.affinity
  }
  return fixed
}

const updateText =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

function updateCauses(spec: Json, before: Json, object: KubeObject, live: KubeObject): Cause[] {
  const out: Cause[] = []
  const deadline = before.activeDeadlineSeconds
  if (deadline !== undefined && spec.activeDeadlineSeconds !== deadline) {
    const next = spec.activeDeadlineSeconds
    if (next === undefined) {
      out.push(invalidValue('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value'))
    } else if (number(next) > number(deadline)) {
      out.push(invalidValue('spec.activeDeadlineSeconds', next, `must be less than or equal to previous value`))
    }
  }
  const gates = items(before, 'schedulingGates').map(g => text(g.name))
  items(spec, 'schedulingGates').forEach((gate, i) => {
    if (gates.includes(text(gate.name))) return
    const why = 'only deletion is allowed, but found new scheduling gate'
    out.push(forbiddenField(`spec.schedulingGates[${i}].name`, `${why} '${text(gate.name)}'`))
  })
  if (out.length) return out
  const isGated = gates.length > 0
  return sameJson(fixedParts(object, isGated), fixedParts(live, isGated)) ? [] : [forbiddenField('spec', updateText)]
}

const isTerminal = (pod: KubeObject) => {
  const phase = child(pod, 'status')?.phase
  return phase === 'Succeeded' || phase === 'Failed'
}

export const podStrategy: KindStrategy = {
  returnsDeleted: true,
  generation: specChanged,
  statusMetadata: false,
  defaults(object) {
    const spec = object.spec
    defaultPodSpec(spec)
    if (!isJson(spec)) return
    fill(spec, { enableServiceLinks: true })
    defaultRequests(spec)
    if (number(spec.terminationGracePeriodSeconds) < 0) spec.terminationGracePeriodSeconds = 1
  },
  prepareCreate(object) {
    object.status = { phase: 'Pending', qosClass: qosClass(specOf(object)) }
  },
  prepareUpdate(object, live, { subresource }) {
    if (subresource === 'status') {
      const status = child(object, 'status')
      if (status) fill(status, { qosClass: child(live, 'status')?.qosClass })
    }
  },
  admit(object, live, { api, subresource }) {
    if (live || subresource) return
    admitPriority(object, api)
    admitRuntimeClass(object, api)
    admitServiceAccount(object, api)
    admitTolerations(object)
    defaultLimits(api, object)
    checkLimits(api, object)
    object.status = { ...child(object, 'status'), qosClass: qosClass(specOf(object)) }
  },
  validate(object, live, { subresource }): Cause[] {
    if (live) {
      return subresource ? [] : updateCauses(specOf(object), specOf(live), object, live)
    }
    return podSpecCauses(object.spec, 'spec')
  },
  gracePeriod(live, options) {
    const spec = specOf(live)
    if (!spec.nodeName || isTerminal(live)) return 0
    const asked = options.gracePeriodSeconds ?? number(spec.terminationGracePeriodSeconds)
    return asked < 0 ? 1 : asked
  },
  fields: {
    'spec.nodeName': o => text(child(o, 'spec')?.nodeName),
    'spec.restartPolicy': o => text(child(o, 'spec')?.restartPolicy),
    'spec.schedulerName': o => text(child(o, 'spec')?.schedulerName),
    'spec.serviceAccountName': o => text(child(o, 'spec')?.serviceAccountName),
    'spec.hostNetwork': o => String(child(o, 'spec')?.hostNetwork === true),
    'status.phase': o => text(child(o, 'status')?.phase),
    'status.podIP': o => text(child(o, 'status')?.podIP),
    'status.podIPs': o => text(items(child(o, 'status'), 'podIPs')[0]?.ip),
    'status.nominatedNodeName': o => text(child(o, 'status')?.nominatedNodeName),
  },
  ownFieldLabels: true,
}

/** `POST pods/x/binding`: assigns the node. */
export function boundPod(pod: KubeObject, binding: unknown): KubeObject {
  const target = isJson(binding) ? child(binding, 'target') : undefined
  const node = text(target?.name)
  const { nodeName } = specOf(pod)
  if (nodeName) {
    throw failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on pods/binding "${pod.metadata.name}": pod ${pod.metadata.name} is already assigned to node "${text(nodeName)}"`,
      { name: pod.metadata.name, kind: 'pods/binding' },
    )
  }
  return { ...pod, spec: { ...specOf(pod), nodeName: node } }
}
