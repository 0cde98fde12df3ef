/** The order of a list after a strategic merge: that of the patch for its items, that of the server for the others, interleaved. */
import { equal, isObject } from './json.ts'

/** @param key the merge key; empty for scalars */
function indexOf(list: readonly unknown[], item: unknown, key: string): number {
  if (key === '') return list.indexOf(item)
  if (!isObject(item)) return -1
  return list.findIndex(other => isObject(other) && equal(other[key], item[key]))
}

export function partition(
  items: readonly unknown[],
  listed: readonly unknown[],
  key: string,
): { listed: unknown[]; others: unknown[] } {
  const out: { listed: unknown[]; others: unknown[] } = { listed: [], others: [] }
  for (const item of items) (indexOf(listed, item, key) >= 0 ? out.listed : out.others).push(item)
  return out
}

export function inOrder(
  listed: unknown[],
  others: unknown[],
  order: readonly unknown[],
  serverOrder: readonly unknown[],
  key: string,
): unknown[] {
  const by = (list: readonly unknown[]) => (a: unknown, b: unknown) => indexOf(list, a, key) - indexOf(list, b, key)
  const right = listed.toSorted(by(order))
  const left = others.toSorted(by(serverOrder))
  const out: unknown[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    const mine = indexOf(serverOrder, left[i], key)
    const theirs = indexOf(serverOrder, right[j], key)
    if (mine >= 0 && theirs >= 0 && mine < theirs) out.push(left[i++])
    else out.push(right[j++])
  }
  return [...out, ...left.slice(i), ...right.slice(j)]
}
