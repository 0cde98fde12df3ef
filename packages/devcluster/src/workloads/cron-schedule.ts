/** Cron expressions as Kubernetes takes them: five fields, names, steps, and words such as `@hourly`. */

const words: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

interface Field {
  values: Set<number>
  /** Written as `*`: with days, the other field alone decides. */
  any: boolean
}

export interface CronSchedule {
  /** Milliseconds between runs, for `@every`. */
  every: number | undefined
  fields: Field[]
  timeZone: string
}

/** @throws Error when the text is none */
export function parseSchedule(text: string, timeZone = 'UTC'): CronSchedule {
  const every = /^@every (\d+)([smh])$/.exec(text)
  if (every !== null) {
    const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 }
    return { every: Number(every[1]) * (units[every[2] ?? ''] ?? 1000), fields: [], timeZone }
  }
  const parts = (words[text] ?? text).trim().split(/\s+/)
  if (parts.length !== 5) throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)
  const limits: [low: number, high: number, names: string[]][] = [
    [0, 59, []],
    [0, 23, []],
    [1, 31, []],
    [1, 12, months],
    [0, 6, days],
  ]
  const fields = limits.map(([low, high, names], at) => parseField(parts[at] ?? '*', low, high, names))
  return { every: undefined, fields, timeZone }
}

function parseField(text: string, low: number, high: number, names: string[]): Field {
  const values = new Set<number>()
  const number = (word: string): number => {
    const at = names.indexOf(word.toLowerCase())
    const value = at >= 0 ? at + low : Number(word)
    if (!Number.isInteger(value)) throw new Error(`failed to parse int from ${word}`)
    return names === days && value === 7 ? 0 : value
  }
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/')
    const [from = '', to] = range.split('-')
    const isAny = from === '*' || from === '?'
    const start = isAny ? low : number(from)
    const end = isAny || (to === undefined && part.includes('/')) ? high : to === undefined ? start : number(to)
    if (start < low || end > high || start > end) throw new Error(`${part}: out of range ${low}-${high}`)
    for (let value = start; value <= end; value += Math.max(1, Number(step))) values.add(value)
  }
  return { values, any: /^[*?]/.test(text) }
}

function partsAt(milliseconds: number, timeZone: string): number[] {
  const date = new Date(milliseconds)
  if (timeZone === 'UTC') {
    return [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCDay()]
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    weekday: 'short',
  })
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const day = days.indexOf((parts.get('weekday') ?? '').toLowerCase())
  return [number('minute'), number('hour'), number('day'), number('month'), day]
}

/** The first time after this one, or undefined when there is none in five years. */
export function nextTime(schedule: CronSchedule, after: number): number | undefined {
  if (schedule.every !== undefined) return after + schedule.every
  const [minute, hour, day, month, weekday] = schedule.fields
  const limit = after + 5 * 366 * 86_400_000
  let at = Math.floor(after / 60_000) * 60_000 + 60_000
  while (at < limit) {
    const [m = 0, h = 0, d = 0, mo = 0, w = 0] = partsAt(at, schedule.timeZone)
    const dayFits =
      day?.any || weekday?.any
        ? (day?.values.has(d) ?? true) && (weekday?.values.has(w) ?? true)
        : (day?.values.has(d) ?? true) || (weekday?.values.has(w) ?? true)
    if (!month?.values.has(mo) || !dayFits) at += (23 - h) * 3_600_000 + (60 - m) * 60_000
    else if (!hour?.values.has(h)) at += (60 - m) * 60_000
    else if (!minute?.values.has(m)) at += 60_000
    else return at
  }
  return undefined
}
