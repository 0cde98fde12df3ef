/**
 * The smallest JSON merge patch (RFC 7386) that turns one status into another; `undefined` when they are equal, so that an
 * unchanged object costs no write. A null field and an absent one are the same: a merge patch cannot tell them apart.
 */
export function statusPatch(before: unknown, after: unknown): Record<string, unknown> | undefined {
  const patch = difference(asRecord(before), asRecord(after))
  return Object.keys(patch).length > 0 ? patch : undefined
}

function difference(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (!isAbsent(before[key]) && isAbsent(after[key])) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    if (isAbsent(value) || equal(before[key], value)) continue
    if (isRecord(value) && isRecord(before[key])) patch[key] = difference(before[key], value)
    else patch[key] = value
  }
  return patch
}

/** Deep equality of JSON values; an absent field, an undefined one and a null one are the same. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b || (isAbsent(a) && isAbsent(b))) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => equal(value, b[i]))
  if (!isRecord(a) || !isRecord(b)) return false
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (!isAbsent(b[key]) && isAbsent(a[key])) return false
  return true
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
