/**
 * Waiting times that double with every failure and are spread at random, so that thousands of agents that lost the service together do
 * not return together.
 */
export interface BackoffLimits {
  /** Milliseconds. */
  first: number
  most: number
}

/** Between half and one and a half of `first * 2^failures`, at most one and a half of `most`. */
export function backoffDelay(failures: number, limits: BackoffLimits, random: () => number = Math.random): number {
  return jittered(Math.min(limits.first * 2 ** failures, limits.most), random)
}

export function jittered(milliseconds: number, random: () => number = Math.random): number {
  return milliseconds * (0.5 + random())
}

/** Settles after the time, or at once when `signal` aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
