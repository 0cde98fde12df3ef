/** Plain JSON values: what they are, and whether two are equal. */

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets a field of an object's own, `__proto__` as any other: keys come from users. */
export function put(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}

/** Deep equality; the order of keys does not matter. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i])) return false
    return true
  }
  if (Array.isArray(b) || !isObject(a) || !isObject(b)) return false
  let count = 0
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !equal(a[key], b[key])) return false
    count++
  }
  for (const _ in b) count--
  return count === 0
}
