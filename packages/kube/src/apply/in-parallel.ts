/** Runs `work` over the items, at most `window` at once, in order of the items. The first failure stops the rest and is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  window: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0
  let stopped = false
  const run = async () => {
    while (next < items.length && !stopped) {
      const item = items[next++] as T
      try {
        await work(item)
      } catch (error) {
        stopped = true
        throw error
      }
    }
  }
  const runs = await Promise.allSettled(Array.from({ length: Math.min(window, items.length) }, run))
  for (const result of runs) if (result.status === 'rejected') throw result.reason
}
