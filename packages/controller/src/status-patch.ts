/**
 * The smallest JSON merge patch (RFC 7386) that turns one status into another; `undefined` when they are equal, so that an
 * unchanged object costs no write.
 */
export function statusPatch(before: unknown, after: unknown): Record<string, unknown> | undefined {
  const patch = difference(asRecord(before), asRecord(after))
  return Object.keys(patch).length > 0 ? patch : undefined
}

function difference(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && before[key] !== null && (after[key] === undefined || after[key] === null)) {
      patch[key] = null
    }
  }
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined || value === null || equal(before[key], value)) continue
    if (isRecord(value) && isRecord(before[key])) patch[key] = difference(before[key], value)
    else patch[key] = value
  }
  return patch
}

/** Deep equality of JSON values; an absent field and an undefined one are the same. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => equal(value, b[i]))
  if (!isRecord(a) || !isRecord(b)) return false
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && !(key in a)) return false
  return true
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
