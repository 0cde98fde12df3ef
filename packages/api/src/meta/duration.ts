/** Durations as Go writes them (`1h30m`, `250ms`), with the patterns that Flux's kinds demand. */
import { type Schema, string } from '../schema/schema.ts'

export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$'
export const shortDurationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$'

/** A duration in milliseconds, seconds, minutes and hours. */
export function duration(description: string, options?: { default?: string }): Schema<string> {
  return string(description, { ...options, pattern: durationPattern })
}

/** A duration of which Flux allows no hours: the timeouts of sources, image scans and providers. */
export function shortDuration(description: string, options?: { default?: string }): Schema<string> {
  return string(description, { ...options, pattern: shortDurationPattern })
}
