/**
 * JSON byte for byte as Go's `encoding/json` writes it: no blanks, `<`, `>` and `&` escaped for HTML, the keys of maps
 * in the order of their bytes. Digests of releases are taken over such texts, and must equal those that
 * helm-controller took.
 */

import { compareCodePoints } from '@sluice/yaml'

/** Of a Go map: keys sorted. */
export function goJsonMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJsonMap).join(',')}]`
  if (typeof value !== 'object' || value === null) return scalar(value)
  const fields = Object.entries(value).filter(([, v]) => v !== undefined)
  fields.sort(([a], [b]) => compareCodePoints(a, b))
  return `{${fields.map(([key, v]) => `${text(key)}:${goJsonMap(v)}`).join(',')}}`
}

/** Of a Go struct: fields in the order given, those named in `maps` are maps. */
export function goJsonStruct(value: unknown, maps: readonly string[] = []): string {
  if (Array.isArray(value)) return `[${value.map(item => goJsonStruct(item, maps)).join(',')}]`
  if (typeof value !== 'object' || value === null) return scalar(value)
  const fields = Object.entries(value).filter(([, v]) => v !== undefined)
  return `{${fields
    .map(([key, v]) => `${text(key)}:${maps.includes(key) ? goJsonMap(v) : goJsonStruct(v, maps)}`)
    .join(',')}}`
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return text(value)
  // As after a way through storage, where all numbers are floats.
  if (typeof value === 'bigint') return JSON.stringify(Number(value))
  return JSON.stringify(value) ?? 'null'
}

const special = /[<>&\u2028\u2029]/g

function text(value: string): string {
  return JSON.stringify(value.toWellFormed()).replace(
    special,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
