import type { Slot } from '@sluice/release'

/** Bounds how many stretches of work go on at once; those that wait come in the order in which they asked. */
export function slots(count: number): Slot {
  let free = count
  const waiting: (() => void)[] = []
  return async job => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
