/** Kubernetes' list functions and cel-go's sets. */
import type { Environment } from '@marcbachmann/cel-js'
import { equal } from '../../merge/json.ts'

class Sets {}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const left = Number(a)
  const right = Number(b)
  return left < right ? -1 : left > right ? 1 : 0
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' && typeof b === 'number') return b === Number(a)
  if (typeof a === 'number' && typeof b === 'bigint') return a === Number(b)
  return equal(a, b)
}

function sum(list: unknown[]): unknown {
  if (list.every(item => typeof item === 'bigint')) return list.reduce((total, item) => total + item, 0n)
  return list.reduce<number>((total, item) => total + Number(item), 0)
}

function extreme(list: unknown[], sign: 1 | -1): unknown {
  if (list.length === 0) throw new Error(`${sign > 0 ? 'max' : 'min'} called on empty list`)
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best))
}

const contains = (list: unknown[], item: unknown) => list.some(other => same(item, other))
const subset = (list: unknown[], part: unknown[]) => part.every(item => contains(list, item))

export function registerLists(environment: Environment): void {
  environment
    .registerFunction('list.sum(): dyn', sum)
    .registerFunction('list.min(): dyn', (list: unknown[]) => extreme(list, -1))
    .registerFunction('list.max(): dyn', (list: unknown[]) => extreme(list, 1))
    .registerFunction('list.isSorted(): bool', (list: unknown[]) =>
      list.every((item, at) => at === 0 || order(list[at - 1], item) <= 0),
    )
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findIndex(other => same(item, other))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findLastIndex(other => same(item, other))),
    )
    .registerFunction('list.distinct(): list', (list: unknown[]) =>
      list.filter((item, at) => list.findIndex(other => same(item, other)) === at),
    )
    .registerFunction('list.reverse(): list', (list: unknown[]) => list.toReversed())
    .registerFunction('list.slice(int, int): list', (list: unknown[], from: bigint, to: bigint) =>
      list.slice(Number(from), Number(to)),
    )
    .registerType('kubernetes.Sets', Sets)
    .registerConstant('sets', 'kubernetes.Sets', new Sets())
    .registerFunction('kubernetes.Sets.contains(list, list): bool', (_: Sets, list: unknown[], part: unknown[]) =>
      subset(list, part),
    )
    .registerFunction(
      'kubernetes.Sets.equivalent(list, list): bool',
      (_: Sets, a: unknown[], b: unknown[]) => subset(a, b) && subset(b, a),
    )
    .registerFunction('kubernetes.Sets.intersects(list, list): bool', (_: Sets, a: unknown[], b: unknown[]) =>
      a.some(item => contains(b, item)),
    )
}
