/** Go's layouts of time: writing and reading with the reference time `Mon Jan 2 15:04:05 MST 2006`. */
import type { GoTime } from './go-time.ts'

const months = 'January February March April May June July August September October November December'.split(' ')
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

const token =
  /January|Jan(?![a-z])|Jan|Monday|Mon(?![a-z])|Mon|MST|2006|01|02|03|04|05|06|002|__2|_2(?!006)|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|[.,]0+(?![0-9])|[.,]9+(?![0-9])|1|2|3|4|5/g

interface Wall {
  wall: Date
  fraction: bigint
  offset: number
  zone: string
}

const two = (value: number): string => String(value).padStart(2, '0')

export function formatTime(time: GoTime, layout: string): string {
  const seconds = Number(time.seconds)
  const zone = time.zone.offset(seconds)
  const at = { wall: time.wall(), fraction: time.Nanosecond(), offset: zone.seconds, zone: zone.abbreviation }
  return layout.replace(token, part => formatPart(part, at))
}

function formatPart(part: string, { wall, fraction, offset, zone }: Wall): string {
  const hour = wall.getUTCHours()
  switch (part) {
    case 'January':
      return months[wall.getUTCMonth()] ?? ''
    case 'Jan':
      return (months[wall.getUTCMonth()] ?? '').slice(0, 3)
    case 'Monday':
      return days[wall.getUTCDay()] ?? ''
    case 'Mon':
      return (days[wall.getUTCDay()] ?? '').slice(0, 3)
    case 'MST':
      return zone || offsetText('-0700', offset)
    case '2006':
      return String(wall.getUTCFullYear()).padStart(4, '0')
    case '06':
      return two(wall.getUTCFullYear() % 100)
    case '01':
      return two(wall.getUTCMonth() + 1)
    case '1':
      return String(wall.getUTCMonth() + 1)
    case '02':
      return two(wall.getUTCDate())
    case '_2':
      return String(wall.getUTCDate()).padStart(2, ' ')
    case '2':
      return String(wall.getUTCDate())
    case '002':
      return String(yearDay(wall)).padStart(3, '0')
    case '__2':
      return String(yearDay(wall)).padStart(3, ' ')
    case '15':
      return two(hour)
    case '03':
      return two(hour % 12 || 12)
    case '3':
      return String(hour % 12 || 12)
    case '04':
      return two(wall.getUTCMinutes())
    case '4':
      return String(wall.getUTCMinutes())
    case '05':
      return two(wall.getUTCSeconds())
    case '5':
      return String(wall.getUTCSeconds())
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return hour >= 12 ? 'pm' : 'am'
  }
  if (part.startsWith('-') || part.startsWith('Z')) return offsetText(part, offset)
  const digits = fraction
    .toString()
    .padStart(9, '0')
    .slice(0, part.length - 1)
  if (part[1] === '0') return `${part[0]}${digits}`
  const short = digits.replace(/0+$/, '')
  return short ? `${part[0]}${short}` : ''
}

function offsetText(part: string, offset: number): string {
  if (part.startsWith('Z') && offset === 0) return 'Z'
  const size = Math.abs(offset)
  const colon = part.includes(':') ? ':' : ''
  let out = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}`
  if (part.length > 3) out += colon + two(Math.floor(size / 60) % 60)
  if (part.length >= 7 && (part.endsWith(':00:00') || part.endsWith('0000'))) out += colon + two(size % 60)
  return out
}

const yearDay = (wall: Date): number =>
  Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / 86_400_000) + 1

const patterns: Record<string, string> = {
  January: `(${months.join('|')})`,
  Jan: `(${months.map(name => name.slice(0, 3)).join('|')})`,
  Monday: `(${days.join('|')})`,
  Mon: `(${days.map(name => name.slice(0, 3)).join('|')})`,
  MST: '([A-Z]{3,5}|[+-][0-9]{2})',
  '2006': '([0-9]{4})',
  _2: ' ?([0-9]{1,2})',
  '002': '([0-9]{3})',
  __2: ' {0,2}([0-9]{1,3})',
  '15': '([0-9]{1,2})',
  PM: '(AM|PM)',
  pm: '(am|pm)',
}

/** Longer ones become expressions with more groups than there may be. */
const longestLayout = 10_000

/** The time a text names, in nanoseconds as if it were in UTC, and the offset it names. Undefined when it does not follow the layout. */
export function parseTime(layout: string, text: string): { nanos: bigint; offset: number | undefined } | undefined {
  if (layout.length > longestLayout) return undefined
  const parts: string[] = []
  let pattern = '^'
  let from = 0
  const quote = (plain: string) => plain.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  for (const match of layout.matchAll(token)) {
    const part = match[0]
    pattern += quote(layout.slice(from, match.index))
    from = match.index + part.length
    parts.push(part)
    const fixed = patterns[part]
    if (fixed) pattern += fixed
    else if (part.startsWith('Z') || part.startsWith('-0')) pattern += '(Z|[+-][0-9]{2}(?::?[0-9]{2}){0,2})'
    else if (/^[.,]/.test(part)) pattern += part[1] === '9' ? '((?:[.,][0-9]+)?)' : `([.,][0-9]{${part.length - 1}})`
    else if (part.length === 1) pattern += '([0-9]{1,2})'
    else pattern += '([0-9]{2})'
    if ((part === '05' || part === '5') && !/^[.,][09]/.test(layout.slice(from))) {
      pattern += '((?:[.,][0-9]+)?)'
      parts.push('.9')
    }
  }
  const match = new RegExp(`${pattern}${quote(layout.slice(from))}$`).exec(text)
  return match ? readTime(parts, match) : undefined
}

function readTime(
  parts: readonly string[],
  match: RegExpExecArray,
): { nanos: bigint; offset: number | undefined } | undefined {
  const at = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0n, afternoon: '', dayOfYear: 0 }
  let offset: number | undefined
  for (const [index, part] of parts.entries()) {
    const value = match[index + 1] ?? ''
    const number = Number(value.trim())
    if (part === 'January' || part === 'Jan') {
      at.month = months.findIndex(name => name.startsWith(value.slice(0, 3))) + 1
    } else if (part === '2006') at.year = number
    else if (part === '06') at.year = number + (number >= 69 ? 1900 : 2000)
    else if (part === '01' || part === '1') at.month = number
    else if (part === '02' || part === '2' || part === '_2') at.day = number
    else if (part === '002' || part === '__2') at.dayOfYear = number
    else if (part === '15' || part === '03' || part === '3') at.hour = number
    else if (part === '04' || part === '4') at.minute = number
    else if (part === '05' || part === '5') at.second = number
    else if (part === 'PM' || part === 'pm') at.afternoon = value.toUpperCase()
    else if (/^[.,]/.test(part)) at.fraction = BigInt(value.slice(1).slice(0, 9).padEnd(9, '0') || '0')
    else if (part.startsWith('Z0') || part.startsWith('-0')) offset = value === 'Z' ? 0 : offsetOf(value)
    else if (part === 'MST' && value === 'UTC') offset = 0
  }
  if (at.afternoon === 'PM' && at.hour < 12) at.hour += 12
  if (at.afternoon === 'AM' && at.hour === 12) at.hour = 0
  if (at.month < 1 || at.month > 12 || at.hour > 23 || at.minute > 59 || at.second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(at.year, at.dayOfYear ? 0 : at.month - 1, at.dayOfYear || at.day)
  if (!at.dayOfYear && (date.getUTCDate() !== at.day || at.day < 1)) return undefined
  const seconds = date.getTime() / 1000 + at.hour * 3600 + at.minute * 60 + at.second
  return { nanos: BigInt(seconds) * 1_000_000_000n + at.fraction, offset }
}

function offsetOf(text: string): number {
  const digits = text.slice(1).replaceAll(':', '')
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4) || 0) * 60 + Number(digits.slice(4, 6) || 0)
  return text.startsWith('-') ? -seconds : seconds
}
