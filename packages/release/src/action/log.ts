/** Helm's log lines: a message and what it is about, as JSON with sorted keys. */
import { goJson } from '../record/go-json.ts'

export type Log = (message: string, about?: Record<string, unknown>) => void

export function logTo(line: ((line: string) => void) | undefined): Log {
  if (!line) return () => {}
  return (message, about = {}) => line(`${message}: ${goJson(about)}`)
}
