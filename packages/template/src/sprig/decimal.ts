/** Exact decimal arithmetic on floats' shortest digits, as shopspring/decimal, so that 1.5 + 2.2 is 3.7 and not a little more. */
interface Decimal {
  digits: bigint
  /** How many of the digits stand after the point. */
  places: number
}

function decimal(value: number): Decimal {
  if (!Number.isFinite(value))
    throw new Error(`Cannot create a Decimal from ${String(value).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf')}`)
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', part = ''] = mantissa.split('.')
  const places = part.length - Number(exponent)
  const digits = BigInt(whole + part)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}

const number = ({ digits, places }: Decimal): number => Number(`${digits}e${-places}`)
const scaled = (value: Decimal, places: number): bigint => value.digits * 10n ** BigInt(places - value.places)

function aligned(a: number, b: number): [bigint, bigint, number] {
  const left = decimal(a)
  const right = decimal(b)
  const places = Math.max(left.places, right.places)
  return [scaled(left, places), scaled(right, places), places]
}

export function addDecimals(a: number, b: number): number {
  const [left, right, places] = aligned(a, b)
  return number({ digits: left + right, places })
}

export function subtractDecimals(a: number, b: number): number {
  const [left, right, places] = aligned(a, b)
  return number({ digits: left - right, places })
}

export function multiplyDecimals(a: number, b: number): number {
  const left = decimal(a)
  const right = decimal(b)
  return number({ digits: left.digits * right.digits, places: left.places + right.places })
}

/** Quotients have 16 places, rounded half away from zero. */
export function divideDecimals(a: number, b: number): number {
  const [left, right] = aligned(a, b)
  if (right === 0n) throw new Error('decimal division by 0')
  const size = (value: bigint): bigint => (value < 0n ? -value : value)
  const twice = (size(left) * 2n * 10n ** 16n) / size(right)
  const digits = (twice + 1n) / 2n
  return number({ digits: left < 0n === right < 0n ? digits : -digits, places: 16 })
}
