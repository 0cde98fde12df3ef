/**
 * About how many bytes of memory a value takes, on V8: for caches that are bounded by it. Counts everything as if it stood alone; a short text that occurs often
 * is in truth held once.
 */
import { SourceScalar } from '@sluice/yaml'

const WORD = 8
const HEADER = 24

export function heldBytes(value: unknown): number {
  if (typeof value === 'string') return HEADER + value.length
  if (typeof value !== 'object' || value === null) return WORD
  if (value instanceof SourceScalar) return HEADER + 2 * WORD + heldBytes(value.value) + heldBytes(value.text)
  let bytes = HEADER + 2 * WORD
  if (Array.isArray(value)) {
    for (const item of value) bytes += WORD + heldBytes(item)
    return bytes
  }
  // Names of fields are held once for all objects alike; a field costs its slot and its share of the shape.
  for (const item of Object.values(value)) bytes += 2 * WORD + heldBytes(item)
  return bytes
}
