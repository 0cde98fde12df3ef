/** Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs: defaults, generations and what may not change. */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { selectorMatches } from '../requests/label-selector.ts'
import { forbiddenField, invalidValue, labelCauses, required, unsupported } from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { scheduleProblem } from './cron-schedule.ts'
import { defaultPodTemplate } from './pod-defaults.ts'
import { podTemplateCauses } from './pod-validation.ts'
import { child, ensured, fill, isJson, items, type Json, number, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'

export const specOf = (object: KubeObject): Json => {
  const spec = object.spec
  if (isJson(spec)) return spec
  const made: Json = {}
  object.spec = made
  return made
}

export const specChanged = (next: KubeObject, live: KubeObject): boolean => !sameJson(next.spec, live.spec)

const withStatus = (object: KubeObject) => {
  object.status ??= {}
}

function templateLabels(spec: Json): Record<string, string> {
  const labels = child(child(child(spec, 'template'), 'metadata'), 'labels') ?? {}
  return Object.fromEntries(Object.entries(labels).map(([k, v]) => [k, String(v)]))
}

function selectorCauses(spec: Json, kind: string, live: KubeObject | undefined): Cause[] {
  const selector = child(spec, 'selector')
  const labels = child(child(child(spec, 'template'), 'metadata'), 'labels') ?? null
  const mismatch = invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')
  const immutable =
    live && !sameJson(selector ?? null, specOf(live).selector ?? null)
      ? [invalidValue('spec.selector', selector ?? null, 'field is immutable')]
      : []
  if (!selector) return [required('spec.selector'), mismatch, ...immutable]
  const problems = labelSelectorCauses(selector, 'spec.selector')
  if (problems.length) {
    return [...problems, invalidValue('spec.selector', selector, 'invalid label selector'), ...immutable]
  }
  const out: Cause[] = []
  if (Object.keys(child(selector, 'matchLabels') ?? {}).length + items(selector, 'matchExpressions').length === 0) {
    out.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`))
  } else if (!selectorMatches(selector, templateLabels(spec))) {
    out.push(mismatch)
  }
  return [...out, ...immutable]
}

/** What is wrong with the expressions of a label selector. */
export function expressionCauses(selector: Json, path: string): Cause[] {
  return items(selector, 'matchExpressions').flatMap((expression, i) => {
    const where = `${path}.matchExpressions[${i}]`
    const count = Array.isArray(expression.values) ? expression.values.length : 0
    switch (expression.operator) {
      case 'In':
      case 'NotIn':
        return count ? [] : [required(`${where}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
      case 'Exists':
      case 'DoesNotExist':
        return count
          ? [forbiddenField(`${where}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
          : []
      default:
        return [invalidValue(`${where}.operator`, expression.operator, 'not a valid selector operator')]
    }
  })
}

/** What is wrong with a label selector, if there is one. */
export function labelSelectorCauses(selector: Json | undefined, path: string): Cause[] {
  if (!selector) return []
  const labels = Object.entries(child(selector, 'matchLabels') ?? {}).map(([key, value]) => [key, String(value)])
  return [...labelCauses(Object.fromEntries(labels), `${path}.matchLabels`), ...expressionCauses(selector, path)]
}

export const nonNegative = (spec: Json, field: string, path: string): Cause[] =>
  number(spec[field]) < 0 ? [invalidValue(path, spec[field], 'must be greater than or equal to 0')] : []

function restartAlways(spec: Json): Cause[] {
  const policy = child(child(spec, 'template'), 'spec')?.restartPolicy
  return policy === undefined || policy === 'Always'
    ? []
    : [unsupported('spec.template.spec.restartPolicy', policy, ['Always'])]
}

const replicated =
  (kind: string) =>
  (object: KubeObject, live: KubeObject | undefined): Cause[] => {
    const spec = specOf(object)
    return [
      ...nonNegative(spec, 'replicas', 'spec.replicas'),
      ...nonNegative(spec, 'minReadySeconds', 'spec.minReadySeconds'),
      ...selectorCauses(spec, kind, live),
      ...podTemplateCauses(spec.template, 'spec.template'),
      ...restartAlways(spec),
    ]
  }

const scaleStatus: Pick<KindStrategy, 'generation' | 'prepareCreate'> = {
  generation: specChanged,
  prepareCreate: withStatus,
}

export const deployments: KindStrategy = {
  ...scaleStatus,
  // The deployment controller writes its revision annotation with the status.
  statusMetadata: 'annotations',
  generation: (next, live) =>
    specChanged(next, live) || !sameJson(next.metadata.annotations ?? {}, live.metadata.annotations ?? {}),
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
    const strategy = ensured(spec, 'strategy')
    fill(strategy, { type: 'RollingUpdate' })
    if (strategy.type === 'RollingUpdate') {
      fill(ensured(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' })
    }
    defaultPodTemplate(spec.template)
  },
  validate: (object, live) => {
    const spec = specOf(object)
    const out = replicated('deployment')(object, live)
    out.push(
      ...nonNegative(spec, 'revisionHistoryLimit', 'spec.revisionHistoryLimit'),
      ...nonNegative(spec, 'progressDeadlineSeconds', 'spec.progressDeadlineSeconds'),
    )
    if (number(spec.progressDeadlineSeconds) <= number(spec.minReadySeconds)) {
      out.push(
        invalidValue(
          'spec.progressDeadlineSeconds',
          spec.progressDeadlineSeconds,
          'must be greater than minReadySeconds',
        ),
      )
    }
    const strategy = child(spec, 'strategy')
    if (strategy && strategy.type !== 'Recreate' && strategy.type !== 'RollingUpdate') {
      out.push(
        unsupported('spec.strategy', { Type: strategy.type, RollingUpdate: null }, ['Recreate', 'RollingUpdate']),
      )
    }
    if (strategy?.type === 'Recreate' && strategy.rollingUpdate) {
      out.push(forbiddenField('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'"))
    }
    return out
  },
}

export const replicaSets: KindStrategy = {
  ...scaleStatus,
  prepareCreate(object) {
    object.status = { replicas: 0 }
  },
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { replicas: 1 })
    defaultPodTemplate(spec.template)
  },
  validate: replicated('replicaset'),
  fields: { 'status.replicas': o => String(number(child(o, 'status')?.replicas)) },
  ownFieldLabels: true,
}

export const replicationControllers: KindStrategy = {
  ...scaleStatus,
  prepareCreate(object) {
    object.status = { replicas: 0 }
  },
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { replicas: 1 })
    defaultPodTemplate(spec.template)
    const labels = child(child(child(spec, 'template'), 'metadata'), 'labels')
    if (labels) {
      fill(spec, { selector: { ...labels } })
      if (!object.metadata.labels) object.metadata.labels = templateLabels(spec)
    }
  },
  fields: { 'status.replicas': o => String(number(child(o, 'status')?.replicas)) },
  ownFieldLabels: true,
}

const statefulSetMutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function policyCauses(spec: Json): Cause[] {
  const out: Cause[] = []
  const { podManagementPolicy } = spec
  if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    out.push(invalidValue('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"))
  }
  const strategy = child(spec, 'updateStrategy')
  const rolling = child(strategy, 'rollingUpdate')
  if (strategy?.type !== 'RollingUpdate' && strategy?.type !== 'OnDelete') {
    const shown = { Type: strategy?.type, RollingUpdate: null }
    out.push(invalidValue('spec.updateStrategy', shown, "must be 'RollingUpdate' or 'OnDelete'"))
  } else if (strategy.type === 'OnDelete' && rolling) {
    const shown = { Partition: rolling.partition ?? null, MaxUnavailable: rolling.maxUnavailable ?? null }
    out.push(
      invalidValue('spec.updateStrategy.rollingUpdate', shown, "only allowed for updateStrategy 'RollingUpdate'"),
    )
  }
  const retention = child(spec, 'persistentVolumeClaimRetentionPolicy')
  for (const when of ['whenDeleted', 'whenScaled']) {
    const value = retention?.[when]
    if (value === undefined || value === 'Retain' || value === 'Delete') continue
    out.push(unsupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value, ['Retain', 'Delete']))
  }
  const ordinals = child(spec, 'ordinals')
  if (ordinals) out.push(...nonNegative(ordinals, 'start', 'spec.ordinals.start'))
  items(spec, 'volumeClaimTemplates').forEach((claim, i) => {
    const requests = child(child(child(claim, 'spec'), 'resources'), 'requests')
    if (requests?.storage === undefined) out.push(required(`spec.volumeClaimTemplates[${i}].spec.resources[storage]`))
  })
  return out
}

/** The pods of the template are not looked into: their mounts may name claims that come with each pod. */
export const statefulSets: KindStrategy = {
  ...scaleStatus,
  prepareCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 }
  },
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 })
    const strategy = ensured(spec, 'updateStrategy')
    fill(strategy, { type: 'RollingUpdate' })
    if (strategy.type === 'RollingUpdate') fill(ensured(strategy, 'rollingUpdate'), { partition: 0 })
    fill(ensured(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' })
    defaultPodTemplate(spec.template)
    for (const claim of items(spec, 'volumeClaimTemplates')) {
      fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
      fill(ensured(claim, 'spec'), { volumeMode: 'Filesystem' })
      fill(ensured(claim, 'status'), { phase: 'Pending' })
    }
  },
  validate(object, live) {
    const spec = specOf(object)
    const out = [
      ...nonNegative(spec, 'replicas', 'spec.replicas'),
      ...nonNegative(spec, 'minReadySeconds', 'spec.minReadySeconds'),
      ...policyCauses(spec),
      ...selectorCauses(spec, 'statefulset', undefined),
      ...restartAlways(spec),
    ]
    if (live) {
      const before = specOf(live)
      const fixed = [...new Set([...Object.keys(spec), ...Object.keys(before)])].filter(
        key => !statefulSetMutable.includes(key),
      )
      if (fixed.some(key => !sameJson(spec[key], before[key]))) {
        out.push(
          forbiddenField(
            'spec',
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
          ),
        )
      }
    }
    return out
  },
}

const templateGeneration = 'deprecated.daemonset.template.generation'

const isNothing = (value: unknown) => value === undefined || value === 0 || value === '0%'

function daemonStrategyCauses(strategy: Json | undefined): Cause[] {
  if (strategy?.type !== 'RollingUpdate' && strategy?.type !== 'OnDelete') {
    const shown = { Type: strategy?.type, RollingUpdate: null }
    return [unsupported('spec.updateStrategy', shown, ['RollingUpdate', 'OnDelete'])]
  }
  const rolling = child(strategy, 'rollingUpdate')
  if (!rolling) return []
  const path = 'spec.updateStrategy.rollingUpdate'
  const { maxUnavailable, maxSurge } = rolling
  if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    return [required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
  }
  return !isNothing(maxUnavailable) && !isNothing(maxSurge)
    ? [invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
    : []
}

export const daemonSets: KindStrategy = {
  ...scaleStatus,
  prepareCreate(object) {
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  },
  prepareUpdate(object, live) {
    if (sameJson(specOf(object).template, specOf(live).template)) return
    const generation = Number(live.metadata.annotations?.[templateGeneration] ?? 0) + 1
    object.metadata.annotations = { ...object.metadata.annotations, [templateGeneration]: String(generation) }
  },
  defaults(object) {
    const spec = specOf(object)
    if (object.metadata.annotations?.[templateGeneration] === undefined) {
      object.metadata.annotations = { ...object.metadata.annotations, [templateGeneration]: '1' }
    }
    fill(spec, { revisionHistoryLimit: 10 })
    const strategy = ensured(spec, 'updateStrategy')
    fill(strategy, { type: 'RollingUpdate' })
    if (strategy.type === 'RollingUpdate') {
      fill(ensured(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 })
    }
    defaultPodTemplate(spec.template)
  },
  validate(object, live) {
    const spec = specOf(object)
    return [
      ...daemonStrategyCauses(child(spec, 'updateStrategy')),
      ...selectorCauses(spec, 'daemonset', live),
      ...podTemplateCauses(spec.template, 'spec.template'),
      ...restartAlways(spec),
    ]
  },
}

function defaultJobSpec(spec: Json): void {
  const hasSuccess = spec.completions !== undefined || spec.parallelism !== undefined
  if (!hasSuccess) fill(spec, { completions: 1, parallelism: 1 })
  fill(spec, { parallelism: 1, completionMode: 'NonIndexed', suspend: false })
  fill(spec, { backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647 })
  fill(spec, { podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed' })
  defaultPodTemplate(spec.template)
}

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid']
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name']

export const jobs: KindStrategy = {
  ...scaleStatus,
  defaults(object) {
    const spec = specOf(object)
    defaultJobSpec(spec)
    fill(spec, { manualSelector: false })
    if (!object.metadata.labels) {
      const labels = templateLabels(spec)
      if (Object.keys(labels).length) object.metadata.labels = labels
    }
  },
  prepareCreate(object) {
    object.status = {}
    const spec = specOf(object)
    if (spec.manualSelector === true) return
    const { uid = '', name } = object.metadata
    const template = ensured(ensured(ensured(spec, 'template'), 'metadata'), 'labels')
    for (const label of uidLabels) template[label] = uid
    for (const label of nameLabels) template[label] = name
    fill(spec, { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } } })
    // Nobody gave labels: the job takes those of its template, the generated ones included.
    if (!object.metadata.labels) object.metadata.labels = templateLabels(spec)
  },
  prepareUpdate(object, live) {
    const spec = specOf(object)
    fill(spec, { selector: specOf(live).selector })
  },
  validate(object, live) {
    const spec = specOf(object)
    const out = [
      ...nonNegative(spec, 'parallelism', 'spec.parallelism'),
      ...nonNegative(spec, 'completions', 'spec.completions'),
      ...nonNegative(spec, 'backoffLimit', 'spec.backoffLimit'),
      ...podTemplateCauses(spec.template, 'spec.template'),
      ...jobRestartPolicy(child(spec, 'template'), 'spec.template.spec.restartPolicy'),
    ]
    if (live) {
      const before = specOf(live)
      const suspended = before.suspend === true
      for (const field of ['completions', 'selector', 'completionMode', ...(suspended ? [] : ['template'])]) {
        if (!sameJson(spec[field], before[field])) {
          out.push(invalidValue(`spec.${field}`, spec[field] ?? null, 'field is immutable'))
        }
      }
    }
    return out
  },
  fields: { 'status.successful': o => String(number(child(o, 'status')?.succeeded)) },
  ownFieldLabels: true,
}

function jobRestartPolicy(template: Json | undefined, path: string): Cause[] {
  const policy = child(template, 'spec')?.restartPolicy
  if (policy === 'OnFailure' || policy === 'Never') return []
  if (policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')]
  return [unsupported(path, policy, ['OnFailure', 'Never'])]
}

const concurrencyPolicies = ['Allow', 'Forbid', 'Replace']

function scheduleCauses(spec: Json): Cause[] {
  const schedule = text(spec.schedule)
  const out: Cause[] = []
  if (!schedule) out.push(required('spec.schedule'))
  else {
    const problem = scheduleProblem(schedule)
    if (problem) out.push(invalidValue('spec.schedule', schedule, problem))
  }
  const { timeZone } = spec
  if (timeZone === '') out.push(invalidValue('spec.timeZone', '', 'timeZone must be nil or non-empty string'))
  else if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    out.push(invalidValue('spec.timeZone', timeZone, `unknown time zone ${timeZone}`))
  }
  return out
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const cronJobs: KindStrategy = {
  ...scaleStatus,
  defaults(object) {
    const spec = specOf(object)
    fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
    const template = ensured(spec, 'jobTemplate')
    ensured(template, 'metadata')
    defaultPodTemplate(ensured(ensured(template, 'spec'), 'template'))
  },
  validate(object) {
    const spec = specOf(object)
    const out: Cause[] = [
      ...scheduleCauses(spec),
      ...nonNegative(spec, 'startingDeadlineSeconds', 'spec.startingDeadlineSeconds'),
    ]
    if (!concurrencyPolicies.includes(text(spec.concurrencyPolicy))) {
      out.push(unsupported('spec.concurrencyPolicy', spec.concurrencyPolicy, concurrencyPolicies))
    }
    out.push(
      ...nonNegative(spec, 'successfulJobsHistoryLimit', 'spec.successfulJobsHistoryLimit'),
      ...nonNegative(spec, 'failedJobsHistoryLimit', 'spec.failedJobsHistoryLimit'),
    )
    if (object.metadata.name.length > 52) {
      out.push(invalidValue('metadata.name', object.metadata.name, 'must be no more than 52 characters'))
    }
    const template = child(child(spec, 'jobTemplate'), 'spec')
    out.push(
      ...podTemplateCauses(template?.template, 'spec.jobTemplate.spec.template'),
      ...jobRestartPolicy(child(template, 'template'), 'spec.jobTemplate.spec.template.spec.restartPolicy'),
    )
    return out
  },
}
