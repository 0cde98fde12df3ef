/**
 * A fraction as Go writes a 32-bit float with as few digits as tell it apart. That is how Helm reads `appVersion: 1.10` written without
 * quotes: as the number 1.1.
 */
export function float32Text(value: number): string {
  const target = Math.fround(value)
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(target.toPrecision(digits))
    if (Math.fround(short) === target) return goExponent(short)
  }
  return goExponent(target)
}

function goExponent(value: number): string {
  const match = /^(.*)e([+-])(\d+)$/.exec(Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential() : String(value))
  return match ? `${match[1]}e${match[2]}${match[3]?.padStart(2, '0')}` : String(value)
}
