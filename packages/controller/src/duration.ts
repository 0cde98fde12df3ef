/**
 * Go's durations, as Flux's `metav1.Duration` fields and flags carry them (`1m30s`, `500ms`), in milliseconds. Parsed and
 * printed as Go's `time` package does, down to nanoseconds.
 */
const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const NUMBER = '(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)'
const UNIT = '(?:ns|us|µs|μs|ms|s|m|h)'
const WHOLE = new RegExp(`^([+-]?)((?:${NUMBER}${UNIT})+)$`)
const PART = new RegExp(`(${NUMBER})(${UNIT})`, 'g')

/** What Go's 64 bits of nanoseconds can hold, in milliseconds. */
const MOST = 2 ** 63 / 1e6

/** `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0
  const [, sign, parts] = WHOLE.exec(text) ?? []
  if (parts === undefined) return undefined
  let total = 0
  for (const [, number, unit] of parts.matchAll(PART)) total += Number(number) * (UNITS[unit ?? ''] ?? 0)
  if (total >= MOST) return undefined
  return sign === '-' ? 0 - total : total
}

export function durationOr(text: string | undefined, fallback: number): number {
  return (text === undefined ? undefined : parseDuration(text)) ?? fallback
}

/** As Go's `time.Duration.String` prints it: `1h0m0s`, `2m30s`, `1.5s`, `20ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`
  // Whole milliseconds and the rest are kept apart: a double cannot hold a century of nanoseconds.
  let whole = Math.floor(milliseconds)
  let nanoseconds = Math.round((milliseconds - whole) * 1e6)
  if (nanoseconds === 1e6) {
    whole++
    nanoseconds = 0
  }
  if (whole === 0) {
    if (nanoseconds === 0) return '0s'
    return nanoseconds < 1000
      ? `${nanoseconds}ns`
      : `${decimal(Math.floor(nanoseconds / 1000), nanoseconds % 1000, 3)}µs`
  }
  if (whole < 1000) return `${decimal(whole, nanoseconds, 6)}ms`
  const seconds = `${decimal(Math.floor(whole / 1000) % 60, (whole % 1000) * 1e6 + nanoseconds, 9)}s`
  const minutes = Math.floor(whole / 60_000) % 60
  const hours = Math.floor(whole / 3_600_000)
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

/** A number from its whole part and its decimals, given as a number of `digits` digits. */
function decimal(whole: number, decimals: number, digits: number): string {
  const text = String(decimals).padStart(digits, '0').replace(/0+$/, '')
  return text ? `${whole}.${text}` : String(whole)
}
