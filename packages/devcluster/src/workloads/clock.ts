/** Time as the simulated controllers see it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back after so many milliseconds, unless cancelled by the function returned. */
  after(milliseconds: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: Date.now,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

/** RFC 3339, UTC, whole seconds. */
export const timestamp = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
