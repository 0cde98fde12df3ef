/**
 * A time as Go writes it in JSON: RFC 3339 in UTC, without zeros at the end of its fraction. `milliseconds` since the
 * epoch.
 */
export function recordTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, 'Z')
}
