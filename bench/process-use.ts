/** What a running process has used so far, of the kernel's own books (Linux; elsewhere the figures are left out). */
import { readFileSync } from 'node:fs'

export interface ProcessUse {
  /** Seconds of processor time. */
  cpu: number
  /** MiB now and at most. */
  memory: number
  peak: number
}

/** Ticks a second of /proc/PID/stat, on every Linux that Node runs on. */
const TICKS = 100

export function processUse(pid: number): ProcessUse {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1])
    return {
      cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
      memory: kib('VmRSS') / 1024,
      peak: kib('VmHWM') / 1024,
    }
  } catch {
    return { cpu: Number.NaN, memory: Number.NaN, peak: Number.NaN }
  }
}
