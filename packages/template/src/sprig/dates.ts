/** Sprig's functions on time: Go's layouts and durations. */
import { goQuote } from '../go-string.ts'
import { GoTime, utc, type Zone } from '../go-time.ts'
import { Int64, wholeNumber } from '../int64.ts'
import { type Call, type TemplateFunction, typed } from '../template-function.ts'
import { parseTime } from '../time-layout.ts'
import { stringOf } from './cast.ts'

const billion = 1_000_000_000n

const now = ({ set }: Call): GoTime => new GoTime(BigInt(Math.floor(set.now())) * 1_000_000n, zoneNamed(set.timeZone))

const zones = new Map<string, Zone>()

/** A zone of the IANA data, `Local` for that of the machine; what nobody knows is UTC, as in sprig. */
function zoneNamed(name: string): Zone {
  if (name === 'Local') return zoneNamed(new Intl.DateTimeFormat().resolvedOptions().timeZone)
  const known = zones.get(name)
  if (known) return known
  let zone = utc
  try {
    if (name !== '' && name !== 'UTC' && name !== 'Etc/UTC') zone = zoneOf(name)
  } catch {
    zone = utc
  }
  zones.set(name, zone)
  return zone
}

/** Each of these knows the abbreviations used in its part of the world. */
const regions = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'ja-JP']

/** What none of them knows. */
const abbreviations: Record<string, string> = {
  'Asia/Shanghai': 'CST',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Taipei': 'CST',
  'Asia/Seoul': 'KST',
  'Asia/Karachi': 'PKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Manila': 'PST',
  'Europe/Moscow': 'MSK',
  'Africa/Nairobi': 'EAT',
  'Africa/Lagos': 'WAT',
}

function zoneOf(id: string): Zone {
  const long = new Intl.DateTimeFormat('en-US', { timeZone: id, timeZoneName: 'longOffset' })
  const shorts = regions.map(region => new Intl.DateTimeFormat(region, { timeZone: id, timeZoneName: 'short' }))
  const nameIn = (format: Intl.DateTimeFormat, date: Date): string =>
    format.formatToParts(date).find(part => part.type === 'timeZoneName')?.value ?? ''
  return {
    name: id,
    offset(at) {
      const date = new Date(at * 1000)
      const match = /([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?/.exec(nameIn(long, date))
      const size = match ? Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0) : 0
      const seconds = match?.[1] === '-' ? -size : size
      const named = shorts.map(short => nameIn(short, date)).find(name => /^[A-Z]{3,5}$/.test(name))
      if (named !== undefined) return { seconds, abbreviation: named }
      const minutes = Math.floor(Math.abs(seconds) / 60)
      const digits = `${String(Math.floor(minutes / 60)).padStart(2, '0')}${minutes % 60 ? String(minutes % 60).padStart(2, '0') : ''}`
      return { seconds, abbreviation: abbreviations[id] ?? `${seconds < 0 ? '-' : '+'}${digits}` }
    },
  }
}

/** Times are as they are, ints are seconds since 1970, everything else is now. */
function timeOf(value: unknown, call: Call): GoTime {
  if (value instanceof GoTime) return value
  const seconds = wholeNumber(value)
  return seconds === undefined ? now(call) : new GoTime(seconds * billion)
}

const format = (layout: string, value: unknown, zone: string, call: Call): string =>
  new GoTime(timeOf(value, call).nanos, zoneNamed(zone === 'Local' ? call.set.timeZone : zone)).Format(layout)

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: billion,
  m: 60n * billion,
  h: 3600n * billion,
}

/** time.ParseDuration, in nanoseconds. */
function parseDuration(text: string): bigint {
  const match = /^([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/.exec(text)
  if (text === '0' || text === '+0' || text === '-0') return 0n
  if (!match?.[2]) {
    const unit = /^[+-]?(?:[0-9.]+(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))*[0-9.]+([^0-9.]+)/.exec(text)?.[1]
    if (unit) throw new Error(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`)
    if (/^[+-]?[0-9.]*[0-9][0-9.]*$/.test(text)) throw new Error(`time: missing unit in duration ${goQuote(text)}`)
    throw new Error(`time: invalid duration ${goQuote(text)}`)
  }
  let total = 0n
  for (const part of match[2].matchAll(/([0-9]*)\.?([0-9]*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g)) {
    const unit = units[part[3] ?? ''] ?? 0n
    const places = (part[2] ?? '').slice(0, 18)
    total += BigInt(part[1] || '0') * unit
    if (places) total += (BigInt(places) * unit) / 10n ** BigInt(places.length)
  }
  return match[1] === '-' ? -total : total
}

/** time.Duration's String. */
function durationText(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  const decimal = (unit: bigint, name: string): string => {
    const fraction = (size % unit)
      .toString()
      .padStart(unit.toString().length - 1, '0')
      .replace(/0+$/, '')
    return `${sign}${size / unit}${unit > 1n && fraction ? `.${fraction}` : ''}${name}`
  }
  if (size < 1000n) return decimal(1n, 'ns')
  if (size < 1_000_000n) return decimal(1000n, 'µs')
  if (size < billion) return decimal(1_000_000n, 'ms')
  const minutes = size / (60n * billion)
  const rest = size % (60n * billion)
  const fraction = (rest % billion).toString().padStart(9, '0').replace(/0+$/, '')
  let out = `${rest / billion}${fraction ? `.${fraction}` : ''}s`
  if (minutes > 0n) out = `${minutes % 60n}m${out}`
  if (minutes >= 60n) out = `${minutes / 60n}h${out}`
  return sign + out
}

function durationOf(value: unknown, call: Call): bigint {
  if (value instanceof GoTime) return now(call).nanos - value.nanos
  if (value instanceof Int64) return value.value
  if (typeof value !== 'string') return 0n
  try {
    return parseDuration(value)
  } catch {
    return 0n
  }
}

function rounded(value: unknown, call: Call): string {
  const nanos = durationOf(value, call)
  const size = nanos < 0n ? -nanos : nanos
  const hour = 3600n * billion
  const steps: [bigint, string][] = [
    [24n * 365n * hour, 'y'],
    [24n * 30n * hour, 'mo'],
    [24n * hour, 'd'],
    [hour, 'h'],
    [60n * billion, 'm'],
    [billion, 's'],
  ]
  for (const [unit, name] of steps) if (size > unit) return `${size / unit}${name}`
  return '0s'
}

function dateOf(layout: string, text: string, { set }: Call): GoTime | undefined {
  const parsed = parseTime(layout, text)
  if (parsed === undefined) return undefined
  const zone = zoneNamed(set.timeZone)
  if (parsed.offset !== undefined) {
    const { offset } = parsed
    const nanos = parsed.nanos - BigInt(offset) * billion
    if (offset === 0) return new GoTime(nanos, utc)
    if (zone.offset(Number(nanos / billion)).seconds === offset) return new GoTime(nanos, zone)
    return new GoTime(nanos, { name: '', offset: () => ({ seconds: offset, abbreviation: '' }) })
  }
  const offset = zone.offset(Number(parsed.nanos / billion)).seconds
  return new GoTime(parsed.nanos - BigInt(offset) * billion, zone)
}

const zero = new GoTime(-62_135_596_800n * billion)

const modify = (strict: boolean): TemplateFunction =>
  typed('string, time', ([text, time], call) => {
    const from = timeOf(time, call)
    try {
      return new GoTime(from.nanos + parseDuration(stringOf(text)), from.zone)
    } catch (error) {
      if (strict) throw error
      return from
    }
  })

const inZone = typed('string, any, string', ([layout, value, zone], call) =>
  format(stringOf(layout), value, stringOf(zone), call),
)

export const dateFunctions: Record<string, TemplateFunction> = {
  now: typed('', (_, call) => now(call)),
  ago: typed('any', ([value], call) => {
    const past = now(call).nanos - timeOf(value, call).nanos
    const half = past < 0n ? -billion / 2n : billion / 2n
    return durationText(((past + half) / billion) * billion)
  }),
  date: typed('string, any', ([layout, value], call) => format(stringOf(layout), value, 'Local', call)),
  dateInZone: inZone,
  date_in_zone: inZone,
  htmlDate: typed('any', ([value], call) => format('2006-01-02', value, 'Local', call)),
  htmlDateInZone: typed('any, string', ([value, zone], call) => format('2006-01-02', value, stringOf(zone), call)),
  dateModify: modify(false),
  date_modify: modify(false),
  mustDateModify: modify(true),
  must_date_modify: modify(true),
  duration: typed('any', ([value]) => {
    if (value instanceof Int64) return durationText(value.value * billion)
    return durationText(typeof value === 'string' && /^[+-]?[0-9]+$/.test(value) ? BigInt(value) * billion : 0n)
  }),
  durationRound: typed('any', ([value], call) => rounded(value, call)),
  toDate: typed('string, string', ([layout, text], call) => dateOf(stringOf(layout), stringOf(text), call) ?? zero),
  mustToDate: typed('string, string', ([layout, text], call) => {
    const date = dateOf(stringOf(layout), stringOf(text), call)
    if (date) return date
    throw new Error(
      `parsing time ${goQuote(stringOf(text))} as ${goQuote(stringOf(layout))}: cannot parse ${goQuote(stringOf(text))} as ${goQuote(stringOf(layout))}`,
    )
  }),
  unixEpoch: typed('time', ([time], call) => timeOf(time, call).seconds.toString()),
}
