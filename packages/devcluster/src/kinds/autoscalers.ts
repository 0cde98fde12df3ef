/** HorizontalPodAutoscalers, stored as autoscaling/v2 and shown as v1 too. */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { parseQuantity } from '../go-types/quantity.ts'
import { forbiddenField, invalidValue, nameProblems, required, unsupported } from '../requests/metadata-validation.ts'
import { child, ensured, fill, isJson, items, type Json, number, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { specOf } from './workload-kinds.ts'

const defaultMetric = () => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
})

const defaultRules = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
}

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

function targetCauses(target: Json, path: string): Cause[] {
  const out: Cause[] = []
  const type = text(target.type)
  if (!type) out.push(required(`${path}.type`, 'must specify a metric target type'))
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    out.push(invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  for (const field of ['value', 'averageValue']) {
    const quantity = target[field]
    if (quantity !== undefined && (parseQuantity(String(quantity))?.nanos ?? 1n) <= 0n) {
      out.push(invalidValue(`${path}.${field}`, quantity, 'must be positive'))
    }
  }
  const share = target.averageUtilization
  if (typeof share === 'number' && share < 1) {
    out.push(invalidValue(`${path}.averageUtilization`, share, 'must be greater than 0'))
  }
  return out
}

function metricCauses(metric: Json, path: string): Cause[] {
  const type = text(metric.type)
  if (!type) return []
  if (!metricTypes.includes(type)) return [unsupported(`${path}.type`, type, metricTypes)]
  const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}`
  const source = child(metric, key)
  if (!source) return [required(`${path}.${key}`, 'must populate information for the given metric source')]
  const out: Cause[] = []
  const isResource = type === 'Resource' || type === 'ContainerResource'
  if (isResource && !text(source.name)) out.push(required(`${path}.${key}.name`, 'must specify a resource name'))
  const target = child(source, 'target') ?? {}
  const where = `${path}.${key}.target`
  out.push(...targetCauses(target, where))
  const hasValue = target.averageValue !== undefined
  const hasShare = target.averageUtilization !== undefined
  if (isResource && !(hasValue || hasShare)) {
    const why = 'must set either a target raw value or a target utilization'
    out.push(required(`${where}.averageUtilization`, why))
  }
  if (isResource && hasValue && hasShare) {
    out.push(forbiddenField(`${where}.averageValue`, 'may not set both a target raw value and a target utilization'))
  }
  if (type === 'Pods' && !hasValue) {
    out.push(required(`${where}.averageValue`, 'must specify a positive target averageValue'))
  }
  return out
}

export const autoscalers: KindStrategy = {
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { minReplicas: 1 })
    if (object.apiVersion === 'autoscaling/v1') {
      if (!object.metadata.annotations?.[metricsAnnotation]) fill(spec, { targetCPUUtilizationPercentage: 80 })
      return
    }
    if (items(spec, 'metrics').length === 0) spec.metrics = [defaultMetric()]
    const behavior = child(spec, 'behavior')
    if (!behavior) return
    for (const [direction, rules] of Object.entries(defaultRules)) fill(ensured(behavior, direction), rules)
  },
  prepareCreate(object) {
    object.status =
      object.apiVersion === 'autoscaling/v1'
        ? { currentReplicas: 0, desiredReplicas: 0 }
        : { desiredReplicas: 0, currentMetrics: null }
  },
  validate(object) {
    const spec = specOf(object)
    const target = child(spec, 'scaleTargetRef')
    const out: Cause[] = []
    for (const field of ['kind', 'name']) {
      const path = `spec.scaleTargetRef.${field}`
      const value = text(target?.[field])
      if (!value) out.push(required(path))
      else out.push(...nameProblems(value, 'path').map(problem => invalidValue(path, value, problem)))
    }
    const version = text(target?.apiVersion)
    if (version !== 'v1' && !version.includes('/')) {
      out.push(invalidValue('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'))
    }
    items(spec, 'metrics').forEach((metric, i) => {
      out.push(...metricCauses(metric, `spec.metrics[${i}]`))
    })
    const maximum = number(spec.maxReplicas)
    if (number(spec.minReplicas) < 1) {
      out.push(invalidValue('spec.minReplicas', spec.minReplicas, 'must be greater than or equal to 1'))
    }
    if (maximum < 1) out.push(invalidValue('spec.maxReplicas', maximum, 'must be greater than 0'))
    if (maximum < number(spec.minReplicas)) {
      out.push(invalidValue('spec.maxReplicas', maximum, 'must be greater than or equal to `minReplicas`'))
    }
    return out
  },
}

const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics'
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior'

const isCpuUtilization = (metric: Json) =>
  metric.type === 'Resource' &&
  child(metric, 'resource')?.name === 'cpu' &&
  child(child(metric, 'resource'), 'target')?.averageUtilization !== undefined

/** v2 as v1 shows it: what v1 has no field for travels in annotations. */
export function toV1(object: KubeObject): KubeObject {
  const { metrics: _, behavior, ...spec } = specOf(object)
  const all = items(specOf(object), 'metrics')
  const cpu = all.find(isCpuUtilization)
  const others = all.filter(m => m !== cpu)
  const annotations: Record<string, string> = { ...object.metadata.annotations }
  if (others.length) annotations[metricsAnnotation] = JSON.stringify(others.map(metricToV1))
  if (behavior) annotations[behaviorAnnotation] = JSON.stringify(behavior)
  const target = child(child(cpu, 'resource'), 'target')?.averageUtilization
  const { currentMetrics: _metrics, conditions: _conditions, ...status } = child(object, 'status') ?? {}
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...(Object.keys(annotations).length ? { annotations } : {}) },
    spec: { ...spec, ...(target !== undefined ? { targetCPUUtilizationPercentage: target } : {}) },
    status: { currentReplicas: 0, ...status },
  }
}

function metricToV1(metric: Json): Json {
  const resource = child(metric, 'resource')
  if (!resource) return metric
  const target = child(resource, 'target')
  return {
    type: metric.type,
    resource: {
      name: resource.name,
      ...(target?.averageUtilization !== undefined ? { targetAverageUtilization: target.averageUtilization } : {}),
      ...(target?.averageValue !== undefined ? { targetAverageValue: target.averageValue } : {}),
    },
  }
}

function metricFromV1(metric: Json): Json {
  const resource = child(metric, 'resource')
  if (!resource || resource.target) return metric
  const utilization = resource.targetAverageUtilization
  return {
    type: metric.type,
    resource: {
      name: resource.name,
      target:
        utilization !== undefined
          ? { type: 'Utilization', averageUtilization: utilization }
          : { type: 'AverageValue', averageValue: resource.targetAverageValue },
    },
  }
}

export function fromV1(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = specOf(object)
  const {
    [metricsAnnotation]: metricsText,
    [behaviorAnnotation]: behaviorText,
    ...annotations
  } = object.metadata.annotations ?? {}
  const metrics: Json[] = []
  const parsed: unknown = metricsText ? JSON.parse(metricsText) : []
  if (Array.isArray(parsed)) metrics.push(...parsed.filter(isJson).map(metricFromV1))
  if (target !== undefined) {
    metrics.push({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
    })
  }
  const { annotations: _, ...metadata } = object.metadata
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: { ...metadata, ...(Object.keys(annotations).length ? { annotations } : {}) },
    spec: {
      ...spec,
      ...(metrics.length ? { metrics } : {}),
      ...(behaviorText ? { behavior: JSON.parse(behaviorText) } : {}),
    },
    status: { currentMetrics: null, desiredReplicas: 0, ...child(object, 'status') },
  }
}
