/** Writes floats as Go's strconv.FormatFloat: %e, %f, %g with a precision, or the shortest digits that read back the same (precision -1). */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (verb === 'e')
    return sign + exponent(precision < 0 ? size.toExponential() : size.toExponential(Math.min(precision, 100)))
  if (verb === 'f') return sign + (precision < 0 ? plain(size.toExponential()) : fixed(size, precision))
  if (size === 0) return `${sign}0`
  const shortest = precision < 0
  const wanted = precision === 0 ? 1 : precision
  const digits = shortest ? size.toExponential() : size.toExponential(Math.min(wanted, 101) - 1)
  const [mantissa = '', power = '0'] = digits.split('e')
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  const exp = Number(power)
  const limit = shortest ? 21 : wanted
  const count = trimmed.replace('.', '').length
  const threshold = shortest ? 6 : limit > count && count >= exp + 1 ? count : limit
  if (exp < -4 || exp >= (shortest ? Math.max(threshold, 6) : threshold)) return sign + exponent(`${trimmed}e${power}`)
  return sign + plain(`${trimmed}e${power}`)
}

/** The shortest text, as `%v` prints. */
export const floatText = (value: number): string => formatFloat(value, 'g', -1)

function exponent(text: string): string {
  const [mantissa = '', power = '0'] = text.split('e')
  const size = Math.abs(Number(power)).toString().padStart(2, '0')
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${size}`
}

/** Digits of `d.ddde+x` without exponent. */
function plain(text: string): string {
  const [mantissa = '', power = '0'] = text.split('e')
  const [whole = '', part = ''] = mantissa.split('.')
  const exp = Number(power)
  const digits = whole + part
  const point = whole.length + exp
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`.replace(/\.$/, '')
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length)
  return `${digits.slice(0, point)}.${digits.slice(point)}`
}

/** toFixed without its limit at 1e21. */
function fixed(size: number, precision: number): string {
  const places = Math.min(precision, 100)
  if (size < 1e21) return size.toFixed(places)
  return BigInt(size).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '')
}
