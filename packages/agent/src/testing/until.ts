/** For tests: waits for what other parts bring about, and says what was missing when it does not come. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough for a busy machine; a passing test never waits for it. */
const PATIENCE = 60_000

/** The first value of `look` that is neither undefined nor false, looked for until it is there. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + PATIENCE
  let problem: unknown
  for (;;) {
    try {
      const value = await look()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      problem = error
    }
    if (performance.now() > deadline) throw new Error(`it never came to this: ${what}`, { cause: problem })
    await sleep(15)
  }
}
