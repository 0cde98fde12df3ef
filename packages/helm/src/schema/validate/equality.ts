/** Equality of JSON values, for `const`, `enum` and `uniqueItems`: numbers by value, tables in any order. */
import { isTable } from '../../value-table.ts'
import type { Budget } from '../budget.ts'

export function equal(a: unknown, b: unknown, budget: Budget): boolean {
  budget.spend()
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index], budget))
  }
  if (isTable(a)) {
    if (!isTable(b)) return false
    const keys = Object.keys(a)
    if (keys.length !== Object.keys(b).length) return false
    return keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key], budget))
  }
  if (isNumber(a) && isNumber(b)) return typeof a === typeof b ? a === b : Number(a) === Number(b)
  return (a ?? null) === (b ?? null)
}

export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** The places of the first two equal items. A text an item is compared, not each item with each other. */
export function duplicates(items: readonly unknown[], budget: Budget): [number, number] | undefined {
  const known = new Map<string, number>()
  for (const [index, item] of items.entries()) {
    const text = canonical(item, budget)
    const earlier = known.get(text)
    if (earlier !== undefined) return [earlier, index]
    known.set(text, index)
  }
  return undefined
}

function canonical(value: unknown, budget: Budget): string {
  budget.spend()
  if (Array.isArray(value)) return `[${value.map(item => canonical(item, budget)).join()}]`
  if (isTable(value)) {
    const keys = Object.keys(value).sort()
    return `{${keys.map(key => `${JSON.stringify(key)}:${canonical(value[key], budget)}`).join()}}`
  }
  if (typeof value === 'string') {
    budget.spend(value.length >> 6)
    return JSON.stringify(value)
  }
  // Zero has no sign here.
  return isNumber(value) ? String(Number(value) + 0) : String(value)
}
