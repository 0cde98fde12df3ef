/**
 * Ends a process in good order before the kernel kills it for its memory, as Flux's `OOMWatch`: what runs is finished, and no release
 * is left half done. The limit is that of the container's cgroup, else what the pod's spec says (`MEMORY_LIMIT`).
 */
import { readFileSync } from 'node:fs'

export interface MemoryWatchOptions {
  /** Bytes. */
  limit: number
  /** Percent of the limit. */
  threshold: number
  /** Milliseconds between two looks. */
  interval: number
  /** Bytes in use. */
  usage?: () => number
}

export interface MemoryWatch {
  /** Settles once, with what was seen. */
  reached: Promise<{ used: number; limit: number }>
  stop(): void
}

export function watchMemory({ limit, threshold, interval, usage = residentBytes }: MemoryWatchOptions): MemoryWatch {
  const most = (limit * threshold) / 100
  let timer: NodeJS.Timeout | undefined
  const reached = new Promise<{ used: number; limit: number }>(resolve => {
    timer = setInterval(() => {
      const used = usage()
      if (used < most) return
      clearInterval(timer)
      resolve({ used, limit })
    }, interval).unref()
  })
  return { reached, stop: () => clearInterval(timer) }
}

const residentBytes = (): number => process.memoryUsage.rss()

const LIMIT_FILES = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']
/** The first version of cgroups says "no limit" with a number about the size of all addresses. */
const UNLIMITED = 2 ** 60

/** Bytes; undefined where nothing limits the process. */
export function memoryLimit(environment: NodeJS.ProcessEnv = process.env, files = LIMIT_FILES): number | undefined {
  const texts = [...files.map(readOrNothing), environment.MEMORY_LIMIT]
  for (const text of texts) {
    const bytes = Number(text?.trim() || Number.NaN)
    if (bytes > 0 && bytes < UNLIMITED) return bytes
  }
  return undefined
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // No such version of cgroups here.
    return undefined
  }
}
