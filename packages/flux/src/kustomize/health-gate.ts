import type { ObjectRef } from '@sluice/api'
import { formatRef, type Health } from '@sluice/kube'

/** Whether the objects a Kustomization waits for are healthy, in Flux's words (fluxcd/pkg/ssa `WaitForSet`, fail-fast). */
export type HealthAnswer =
  | { kind: 'healthy' }
  | { kind: 'waiting'; pending: string }
  | { kind: 'failed'; message: string }

export interface Checked {
  ref: ObjectRef
  health: Health
}

export function healthAnswer(checked: readonly Checked[]): HealthAnswer {
  const failed = checked.filter(c => c.health.status === 'Failed')
  if (failed.length > 0) {
    return { kind: 'failed', message: `failed early due to stalled resources: [${listed(failed)}]` }
  }
  const pending = checked.filter(c => c.health.status !== 'Current')
  return pending.length > 0 ? { kind: 'waiting', pending: listed(pending) } : { kind: 'healthy' }
}

const listed = (checked: readonly Checked[]): string =>
  checked
    .map(({ ref, health }) => {
      const why = health.status === 'Unknown' && health.message ? `: ${health.message}` : ''
      return `${formatRef(ref)} status: '${health.status}'${why}`
    })
    .join(', ')
