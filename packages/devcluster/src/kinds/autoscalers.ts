/** HorizontalPodAutoscalers, stored as autoscaling/v2 and shown as v1 too. */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { invalidValue, required } from '../requests/metadata-validation.ts'
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
    if (!text(target?.kind)) out.push(required('spec.scaleTargetRef.kind'))
    if (!text(target?.name)) out.push(required('spec.scaleTargetRef.name'))
    const version = text(target?.apiVersion)
    if (version !== 'v1' && !version.includes('/')) {
      out.push(invalidValue('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'))
    }
    items(spec, 'metrics').forEach((metric, i) => {
      const type = text(metric.type)
      const source = `${type.charAt(0).toLowerCase()}${type.slice(1)}`
      if (type && !child(metric, source)) {
        out.push(required(`spec.metrics[${i}].${source}`, 'must populate information for the given metric source'))
      }
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
