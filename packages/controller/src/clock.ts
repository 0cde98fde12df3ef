/** The time as queues, backlogs and elections see it: injected, so that tests never wait. */
export interface Clock {
  /** Milliseconds since some fixed moment, from a clock that never jumps. */
  now(): number
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout),
}
