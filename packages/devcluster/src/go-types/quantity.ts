/** Quantities (`100m`, `1.5Gi`, `1e3`) in the one spelling Go prints (apimachinery `api/resource`). */

const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/

export interface Quantity {
  /** In billionths. */
  nanos: bigint
  format: 'decimal' | 'binary' | 'exponent'
}

/** Undefined for what is no quantity. What is finer than a billionth is rounded away from zero. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponentMark, exponent, suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  let numerator = BigInt(`${whole}${fraction}` || '0') * 1_000_000_000n
  let denominator = 10n ** BigInt(fraction.length)
  let format: Quantity['format'] = 'decimal'
  if (exponentMark) {
    format = 'exponent'
    const power = Number(exponent)
    if (power >= 0) numerator *= 10n ** BigInt(power)
    else denominator *= 10n ** BigInt(-power)
  } else if (suffix.endsWith('i')) {
    format = 'binary'
    numerator *= 1024n ** BigInt(binary.indexOf(suffix))
  } else if (suffix !== '') {
    const power = (decimal.indexOf(suffix) - 3) * 3
    if (power >= 0) numerator *= 10n ** BigInt(power)
    else denominator *= 10n ** BigInt(-power)
  }
  const rounded = (numerator + denominator - 1n) / denominator
  return { nanos: sign === '-' ? -rounded : rounded, format }
}

function shortest(value: bigint, base: bigint, suffixes: readonly string[], from: number): string {
  let rest = value
  let at = from
  while (rest !== 0n && rest % base === 0n && at < suffixes.length - 1) {
    rest /= base
    at++
  }
  return `${rest}${suffixes[at]}`
}

const one = 1_000_000_000n

export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text)
  if (!quantity) return undefined
  const { nanos, format } = quantity
  if (nanos === 0n) return '0'
  const small = nanos < 1024n * one && nanos > -1024n * one
  if (format === 'binary' && !small && nanos % one === 0n) return shortest(nanos / one, 1024n, binary, 0)
  if (format === 'exponent') {
    let rest = nanos
    let power = -9
    while (rest % 1000n === 0n) {
      rest /= 1000n
      power += 3
    }
    return power === 0 ? `${rest}` : `${rest}e${power}`
  }
  return shortest(nanos, 1000n, decimal, 0)
}
