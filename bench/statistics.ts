/** The few numbers that a table shows of many measurements. */

/** The value below which `share` of the samples lie; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Two or three significant digits, and the unit that a person would choose: `41 ms`, `2.35 s`. */
export function seconds(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value < 0.9995) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`
  return `${value.toFixed(value < 10 ? 2 : 1)} s`
}

/** The median with the least and the most: `41 ms (38 to 60)`. */
export function spread(samples: readonly number[], show: (value: number) => string = seconds): string {
  if (samples.length === 0) return '-'
  if (samples.length === 1) return show(median(samples))
  return `${show(median(samples))} (${show(Math.min(...samples))} to ${show(Math.max(...samples))})`
}

export const mebibytes = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(0)} MiB` : '-')
export const count = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '-'
/** How many times as fast as the peer: `3.1 x`. */
export const ratio = (peer: number, ours: number): string =>
  Number.isFinite(peer / ours) ? `${(peer / ours).toFixed(peer / ours < 10 ? 2 : 0)} x` : '-'
