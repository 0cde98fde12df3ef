/** `time` of RFC 3339, and `date-time`, which is a date and such a time. */
import { date } from './date.ts'
import { inPart } from './format.ts'

export function time(text: string): string | undefined {
  if (Buffer.byteLength(text) < 9) return 'less than 9 characters long'
  if (text[2] !== ':' || text[5] !== ':') return 'missing colon in correct place'
  const parts = text.slice(0, 8).split(':', 3)
  if (!parts.every(part => /^[+-]?\d+$/.test(part))) return 'invalid hour/min/sec'
  const [hour = 0, minute = 0, second = 0] = parts.map(Number)
  if (hour < 0 || minute < 0 || second < 0) return 'non-positive hour/min/sec'
  if (hour > 23 || minute > 59 || second > 60) return 'hour/min/sec out of range'
  let rest = text.slice(8)
  if (rest.startsWith('.')) {
    const digits = /^\.\d*/.exec(rest)?.[0] ?? '.'
    if (digits === '.') return 'no digits in second fraction'
    rest = rest.slice(digits.length)
  }
  let minutes = hour * 60 + minute
  if (rest !== 'z' && rest !== 'Z') {
    if (Buffer.byteLength(rest) !== 6) return 'offset must be 6 characters long'
    if (!/^[+-]/.test(rest)) return 'offset must begin with plus/minus'
    if (rest[3] !== ':') return 'missing colon in offset in correct place'
    const found = /^.([+-]?\d+):([+-]?\d+)$/.exec(rest)
    if (!found) return 'invalid hour/min in offset'
    const [zoneHour, zoneMinute] = [Number(found[1]), Number(found[2])]
    if (zoneHour < 0 || zoneMinute < 0) return 'non-positive hour/min in offset'
    if (zoneHour > 23 || zoneMinute > 59) return 'hour/min in offset out of range'
    minutes += (rest.startsWith('+') ? -1 : 1) * (zoneHour * 60 + zoneMinute)
    if (minutes < 0) minutes += 24 * 60
  }
  return second >= 60 && minutes !== 23 * 60 + 59 ? 'invalid leap second' : undefined
}

export function dateTime(text: string): string | undefined {
  if (Buffer.byteLength(text) < 20) return 'less than 20 characters long'
  if (!/^t$/i.test(text.charAt(10))) return '11th character must be t or T'
  return inPart('invalid date element', date(text.slice(0, 10))) ?? inPart('invalid time element', time(text.slice(11)))
}
