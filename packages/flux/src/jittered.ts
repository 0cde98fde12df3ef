/** An interval's milliseconds spread by some percent, so that many objects do not ask at once. */
export interface Jitter {
  /** Default 5. */
  jitterPercentage?: number
  /** From 0 to 1. */
  random?: () => number
}

export function jittered(intervalMs: number, { jitterPercentage = 5, random = Math.random }: Jitter): number {
  return intervalMs * (1 + (jitterPercentage / 100) * (2 * random() - 1))
}
