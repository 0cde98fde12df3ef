/**
 * Which files of an object's artifact directory go. Pure. Flux's rules (older than the TTL; then the oldest until the
 * number fits; never the current one) without its two slips: equal times do not hide files, and what the TTL took is not
 * counted twice.
 */

export interface StoredFile {
  name: string
  /** Milliseconds since the epoch. */
  modifiedAt: number
}

export interface Retention {
  /** Name of the file in use. */
  current: string
  now: number
  ttlMs: number
  /** Files kept at most, the current one included. */
  records: number
}

export function garbageFiles(files: StoredFile[], { current, now, ttlMs, records }: Retention): string[] {
  const others = files.filter(file => file.name !== current).sort((a, b) => a.modifiedAt - b.modifiedAt)
  const expired = others.filter(file => now - file.modifiedAt > ttlMs)
  const young = others.filter(file => now - file.modifiedAt <= ttlMs && !file.name.endsWith('.tmp'))
  const surplus = Math.max(0, young.length + 1 - records)
  return [...expired, ...young.slice(0, surplus)].map(file => file.name)
}
