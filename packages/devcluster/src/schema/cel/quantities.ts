/** Kubernetes' `quantity`: numbers with a unit, compared exactly. */
import type { Environment } from '@marcbachmann/cel-js'

const scales: Record<string, [base: bigint, exponent: number]> = {
  '': [10n, 0],
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
}
const nano = 1_000_000_000n

/** Counted in billionths, which is as fine as quantities are. */
class Quantity {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

function parse(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', digits = '', suffix = '', power = '0'] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const [base, exponent] = suffix === '' ? [10n, Number(power)] : (scales[suffix] ?? [10n, 0])
  const value = BigInt(`${whole}${fraction}` || '0') * nano
  const scaled = exponent >= 0 ? value * base ** BigInt(exponent) : value / base ** BigInt(-exponent)
  const nanos = scaled / 10n ** BigInt(fraction.length)
  return new Quantity(sign === '-' ? -nanos : nanos)
}

function quantity(text: string): Quantity {
  const parsed = parse(text)
  if (parsed === undefined)
    throw new Error(`quantities must match the regular expression of resource quantities: ${text}`)
  return parsed
}

const of = (value: Quantity | bigint) => (typeof value === 'bigint' ? value * nano : value.nanos)

export function registerQuantities(environment: Environment): void {
  const type = 'kubernetes.Quantity'
  environment
    .registerType(type, Quantity)
    .registerFunction(`quantity(string): ${type}`, quantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parse(text) !== undefined)
    .registerFunction(`${type}.sign(): int`, (a: Quantity) => (a.nanos > 0n ? 1n : a.nanos < 0n ? -1n : 0n))
    .registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.nanos % nano === 0n)
    .registerFunction(`${type}.asInteger(): int`, (a: Quantity) => {
      if (a.nanos % nano !== 0n) throw new Error('cannot convert value to integer')
      return a.nanos / nano
    })
    .registerFunction(`${type}.asApproximateFloat(): double`, (a: Quantity) => Number(a.nanos) / 1e9)
  for (const other of [type, 'int']) {
    environment
      .registerFunction(
        `${type}.add(${other}): ${type}`,
        (a: Quantity, b: Quantity | bigint) => new Quantity(a.nanos + of(b)),
      )
      .registerFunction(
        `${type}.sub(${other}): ${type}`,
        (a: Quantity, b: Quantity | bigint) => new Quantity(a.nanos - of(b)),
      )
  }
  environment
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: Quantity, b: Quantity) => a.nanos < b.nanos)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: Quantity, b: Quantity) => a.nanos > b.nanos)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: Quantity, b: Quantity) =>
      a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n,
    )
}
