/**
 * Looking into and filling objects of unknown shape. Defaulting only ever adds what is missing: an object that came through
 * it once is left alone, which is why defaulting may run in place on objects that share parts with the store.
 */
export type Json = Record<string, unknown>

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object under a key; undefined when there is none. */
export function child(of: Json | undefined, key: string): Json | undefined {
  const value = of?.[key]
  return isJson(value) ? value : undefined
}

/** The object under a key, made when missing. */
export function ensured(of: Json, key: string): Json {
  const present = of[key]
  if (isJson(present)) return present
  const made: Json = {}
  of[key] = made
  return made
}

/** The objects in a list under a key; none when there is no list. */
export function items(of: Json | undefined, key: string): Json[] {
  const value = of?.[key]
  return Array.isArray(value) ? value.filter(isJson) : []
}

/** Missing is what Go's defaulting takes for it: absent, null, and for a text the empty one. */
export function fill(of: Json, defaults: Json): void {
  for (const key in defaults) {
    const present = of[key]
    const missing = present === undefined || present === null || (present === '' && typeof defaults[key] === 'string')
    if (missing && defaults[key] !== undefined) of[key] = defaults[key]
  }
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []
