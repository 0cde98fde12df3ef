/** Sprig's arithmetic: int64 that wraps, floats through exact decimals. */
import { printValue } from '../go-print.ts'
import { withGoType } from '../go-value.ts'
import { Int64 } from '../int64.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { bounded, intOf, toFloat64, toInt64, wrap64 } from './cast.ts'
import { addDecimals, divideDecimals, multiplyDecimals, subtractDecimals } from './decimal.ts'
import { randomBelow } from './random.ts'

const fold = (run: (a: bigint, b: bigint) => bigint): TemplateFunction =>
  typed('any, ...any', ([first, ...rest]) => new Int64(rest.map(toInt64).reduce((a, b) => run(a, b), toInt64(first))))
const foldFloat = (run: (a: number, b: number) => number): TemplateFunction =>
  typed('any, ...any', ([first, ...rest]) => rest.map(toFloat64).reduce((a, b) => run(a, b), toFloat64(first)))

function divisor(value: unknown): bigint {
  const number = toInt64(value)
  if (number === 0n) throw new Error('runtime error: integer divide by zero')
  return number
}

function untilStep(start: bigint, stop: bigint, step: bigint): bigint[] {
  const out: bigint[] = withGoType([], '[]int')
  if (stop < start ? step >= 0n : step <= 0n) return out
  const size = stop < start ? (start - stop) / -step : (stop - start) / step
  bounded(Number(size) * 8)
  if (stop < start) for (let at = start; at > stop; at += step) out.push(at)
  else for (let at = start; at < stop; at += step) out.push(at)
  return out
}

function seq(params: readonly bigint[]): string {
  const [a = 0n, b = 0n, c = 0n] = params
  const words = (list: readonly bigint[]): string => list.join(' ')
  switch (params.length) {
    case 1: {
      const step = a < 1n ? -1n : 1n
      return words(untilStep(1n, a + step, step))
    }
    case 2: {
      const step = b < a ? -1n : 1n
      return words(untilStep(a, b + step, step))
    }
    case 3:
      if (c < a && b > 0n) return ''
      return words(untilStep(a, c + (c < a ? -1n : 1n), b))
    default:
      return ''
  }
}

function round(value: unknown, places: number, from: number): number {
  const power = Number(`1e${places}`)
  const digit = power * toFloat64(value)
  const fraction = digit - Math.trunc(digit)
  return (fraction >= from ? Math.ceil(digit) : Math.floor(digit)) / power
}

const int = (value: unknown): bigint => (typeof value === 'bigint' ? value : 0n)

export const numberFunctions: Record<string, TemplateFunction> = {
  atoi: typed('string', ([text]) => {
    const value = /^[+-]?[0-9]+$/.test(String(text)) ? BigInt(String(text).replace(/^\+/, '')) : 0n
    return value === wrap64(value) ? value : value > 0n ? 2n ** 63n - 1n : -(2n ** 63n)
  }),
  int: typed('any', ([value]) => toInt64(value)),
  int64: typed('any', ([value]) => new Int64(toInt64(value))),
  float64: typed('any', ([value]) => toFloat64(value)),
  toDecimal: typed('any', ([value]) => {
    const match = /^([+-]?)([0-7]+)$/.exec(printValue(value))
    const size = match?.[2] ? BigInt(`0o${match[2]}`) : 0n
    return new Int64(wrap64(size) === size ? (match?.[1] === '-' ? -size : size) : 0n)
  }),
  seq: typed('...int', args => seq(args.map(int))),
  until: typed('int', ([count]) => untilStep(0n, int(count), int(count) < 0n ? -1n : 1n)),
  untilStep: typed('int, int, int', ([start, stop, step]) => untilStep(int(start), int(stop), int(step))),
  add1: typed('any', ([value]) => new Int64(wrap64(toInt64(value) + 1n))),
  add: typed('...any', args => new Int64(args.map(toInt64).reduce((sum, value) => wrap64(sum + value), 0n))),
  sub: typed('any, any', ([a, b]) => new Int64(wrap64(toInt64(a) - toInt64(b)))),
  div: typed('any, any', ([a, b]) => new Int64(wrap64(toInt64(a) / divisor(b)))),
  mod: typed('any, any', ([a, b]) => new Int64(toInt64(a) % divisor(b))),
  mul: fold((a, b) => wrap64(a * b)),
  randInt: typed('int, int', ([min, max]) => {
    const range = wrap64(int(max) - int(min))
    if (range <= 0n) throw new Error('invalid argument to Intn')
    return wrap64(int(min) + randomBelow(range))
  }),
  add1f: typed('any', ([value]) => addDecimals(toFloat64(value), 1)),
  addf: typed('...any', args => args.map(toFloat64).reduce((a, b) => addDecimals(a, b), 0)),
  subf: foldFloat(subtractDecimals),
  divf: foldFloat(divideDecimals),
  mulf: foldFloat(multiplyDecimals),
  max: fold((a, b) => (b > a ? b : a)),
  biggest: fold((a, b) => (b > a ? b : a)),
  min: fold((a, b) => (b < a ? b : a)),
  maxf: foldFloat(Math.max),
  minf: foldFloat(Math.min),
  ceil: typed('any', ([value]) => Math.ceil(toFloat64(value))),
  floor: typed('any', ([value]) => Math.floor(toFloat64(value))),
  round: typed('any, int, ...float64', ([value, places, from]) =>
    round(value, intOf(places), typeof from === 'number' ? from : 0.5),
  ),
}
