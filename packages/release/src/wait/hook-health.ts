/**
 * Whether a hook is at its end: Jobs and Pods run, everything else is done when it is there. Follows helm's
 * internal/statusreaders.
 */
import type { KubeObject } from '@sluice/api'
import { parseApiVersion } from '@sluice/api'
import type { Health } from '@sluice/kube'

export function hookHealth(object: KubeObject): Health {
  const { group } = parseApiVersion(object.apiVersion)
  if (group === 'batch' && object.kind === 'Job') return jobHealth(object)
  if (group === '' && object.kind === 'Pod') return podHealth(object)
  return { status: 'Current', message: 'Resource is current' }
}

export function jobHealth(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  const completions = count(spec.completions, count(spec.parallelism, 1))
  for (const condition of Array.isArray(status.conditions) ? status.conditions.map(fields) : []) {
    if (condition.status !== 'True') continue
    if (condition.type === 'Complete') {
      return { status: 'Current', message: `Job Completed. succeeded: ${count(status.succeeded, 0)}/${completions}` }
    }
    if (condition.type === 'Failed') {
      return { status: 'Failed', message: `Job Failed. failed: ${count(status.failed, 0)}/${completions}` }
    }
  }
  return { status: 'InProgress', message: 'Job in progress' }
}

/** Why a Job failed, by its condition. */
export function jobFailure(object: KubeObject): string | undefined {
  const { conditions } = fields(object.status)
  const failed = (Array.isArray(conditions) ? conditions.map(fields) : []).find(
    condition => condition.type === 'Failed' && condition.status === 'True',
  )
  return failed && String(failed.reason ?? '')
}

function podHealth(object: KubeObject): Health {
  const { phase } = fields(object.status)
  if (phase === 'Succeeded') return { status: 'Current', message: `pod ${object.metadata.name} succeeded` }
  if (phase === 'Failed') return { status: 'Failed', message: `pod ${object.metadata.name} failed` }
  return { status: 'InProgress', message: 'Pod in progress' }
}

export const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

export const count = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback)
