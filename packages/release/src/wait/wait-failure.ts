/** What a wait that failed says. */
import type { Outcome, State } from './standing.ts'

/** Flux's words: what failed, or, out of time, all that is not ready. */
export function fluxFailure({ states, timedOut }: Outcome): Error | undefined {
  const wanting = states.filter(({ health: { status } }) => status === 'Failed' || (timedOut && status !== 'Current'))
  if (wanting.length === 0) return undefined
  const what = timedOut ? 'timeout waiting for' : 'failed early due to stalled resources'
  return new Error(`${what}: [${wanting.map(fluxText).join(', ')}]`)
}

/** Helm's words: a line each for what is not ready. */
export function helmFailure({ states, timedOut }: Outcome): Error | undefined {
  const wanting = states.filter(({ health }) => health.status !== 'Current')
  const lines = wanting.map(
    state => `resource ${nameOf(state)} not ready. status: ${state.health.status}, message: ${state.health.message}`,
  )
  if (timedOut) lines.push('context deadline exceeded')
  return lines.length === 0 ? undefined : new Error(lines.join('\n'))
}

/** What should have gone and did not. */
export function goneFailure({ states }: Outcome, wording: 'flux' | 'helm'): Error {
  const left = states.filter(({ health }) => health.status !== 'NotFound')
  if (wording === 'flux') return new Error(`timeout waiting for: [${left.map(fluxText).join(', ')}]`)
  const lines = left.map(
    state => `resource ${nameOf(state)} still exists. status: ${state.health.status}, message: ${state.health.message}`,
  )
  return new Error([...lines, 'context deadline exceeded'].join('\n'))
}

/** Why nothing is known of how it stands is told, too. */
function fluxText(state: State): string {
  const { status, message } = state.health
  return `${nameOf(state)} status: '${status}'${status === 'Unknown' && message !== '' ? `: ${message}` : ''}`
}

const nameOf = ({ ref }: State): string => `${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
