/** Sprig's functions on lists. Each has a twin with `must`, which fails in the same words. */
import { compareBytes } from '../go-string.ts'
import { deepEqual, kindOf, listOf, typeName, withGoType } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { bounded, empty, intOf, kindName, listArgument, stringList, textOf, textsOf, toInt64 } from './cast.ts'

/** Comparisons of lists and maps within one call, at most. */
const mostComparisons = 1_000_000

const includes = (list: readonly unknown[], wanted: unknown): boolean => list.some(item => deepEqual(item, wanted))

function chunk(size: number, list: readonly unknown[]): unknown[][] {
  const count = Math.floor((list.length - 1) / size) + 1
  if (size === 0 || count < 0) throw new Error('runtime error: makeslice: len out of range')
  if (count === 0 || size < 0) return []
  const out: unknown[][] = []
  for (let at = 0; at < list.length; at += size) out.push(list.slice(at, at + size))
  return withGoType(out, '[][]interface {}')
}

function slice(value: unknown, indexes: readonly unknown[]): unknown {
  if (value == null) listArgument(value, '')
  if (kindOf(value) !== 'slice') throw new Error(`list should be type of slice or array but ${kindName(value)}`)
  const list = listOf(value)
  if (list.length === 0) return null
  const from = indexes.length > 0 ? Number(toInt64(indexes[0])) : 0
  const to = indexes.length > 1 ? Number(toInt64(indexes[1])) : list.length
  if (from < 0 || to < from || to > list.length) throw new Error('reflect.Value.Slice: slice index out of bounds')
  return withGoType(list.slice(from, to), typeName(value))
}

const twins: Record<string, TemplateFunction> = {
  push: typed('any, any', ([list, item]) => [...listArgument(list, 'push on'), item]),
  append: typed('any, any', ([list, item]) => [...listArgument(list, 'push on'), item]),
  prepend: typed('any, any', ([list, item]) => [item, ...listArgument(list, 'prepend on')]),
  first: typed('any', ([list]) => listArgument(list, 'find first on')[0] ?? null),
  last: typed('any', ([list]) => listArgument(list, 'find last on').at(-1) ?? null),
  rest: typed('any', ([list]) => listArgument(list, 'find rest on').slice(1)),
  initial: typed('any', ([list]) => listArgument(list, 'find initial on').slice(0, -1)),
  reverse: typed('any', ([list]) => [...listArgument(list, 'find reverse on')].reverse()),
  compact: typed('any', ([list]) => listArgument(list, 'compact on').filter(item => !empty(item))),
  uniq: typed('any', ([list]) => {
    const out: unknown[] = []
    const seen = new Set<unknown>()
    for (const item of listArgument(list, 'find uniq on')) {
      if (out.length * out.length > mostComparisons * 2 && typeof item === 'object')
        throw new Error('the list is too long')
      const simple = typeof item !== 'object' || item === null
      if (simple ? seen.has(item) : includes(out, item)) continue
      if (simple) seen.add(item)
      out.push(item)
    }
    return out
  }),
  without: typed('any, ...any', ([list, ...omit]) =>
    listArgument(list, 'find without on').filter(item => !includes(omit, item)),
  ),
  has: typed('any, any', ([wanted, list]) => list != null && includes(listArgument(list, 'find has on'), wanted)),
  slice: typed('any, ...any', ([list, ...indexes]) => slice(list, indexes)),
  chunk: typed('int, any', ([size, list]) => chunk(intOf(size), listArgument(list, 'chunk'))),
}

const must = (name: string): string => `must${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

export const listFunctions: Record<string, TemplateFunction> = {
  ...twins,
  ...Object.fromEntries(Object.entries(twins).map(([name, run]) => [must(name), run])),
  list: typed('...any', args => [...args]),
  tuple: typed('...any', args => [...args]),
  concat: typed('...any', lists => {
    bounded(8 * lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0))
    return lists.flatMap(list => {
      if (list == null) return listArgument(list, '')
      if (kindOf(list) !== 'slice') throw new Error(`Cannot concat type ${kindName(list)} as list`)
      return listOf(list)
    })
  }),
  sortAlpha: typed('any', ([list]) =>
    stringList(kindOf(list) === 'slice' ? textsOf(list).sort(compareBytes) : [textOf(list)]),
  ),
}
