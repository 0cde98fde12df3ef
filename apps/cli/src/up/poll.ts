/** Looks again and again until something is there: for parts that have no other way to say that they are ready. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Answers the first defined value of `probe`. Rejects when `signal` aborts; what `probe` throws ends the wait. */
export async function poll<T>(probe: () => Promise<T | undefined>, every: number, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    const found = await probe()
    if (found !== undefined) return found
    await sleep(every, undefined, { signal })
  }
}
