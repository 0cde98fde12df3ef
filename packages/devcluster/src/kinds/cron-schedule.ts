/** What is wrong with a cron schedule, in the words of the library that Kubernetes reads it with (robfig/cron). */
interface Bounds {
  min: number
  max: number
  names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['', ...months] },
  { min: 0, max: 6, names: days },
]
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

function numberOf(text: string, { names }: Bounds): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  if (named >= 0) return named
  return /^\d+$/.test(text)
    ? Number(text)
    : `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
}

function rangeProblem(text: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...more] = text.split('/')
  if (more.length) return `too many slashes: ${text}`
  let start: number | string = bounds.min
  let end: number | string = bounds.max
  if (range !== '*' && range !== '?') {
    const [low = '', high, ...others] = range.split('-')
    if (others.length) return `too many hyphens: ${text}`
    start = numberOf(low, bounds)
    if (typeof start === 'string') return start
    end = high === undefined ? (step === undefined ? start : bounds.max) : numberOf(high, bounds)
    if (typeof end === 'string') return end
  }
  if (step !== undefined) {
    const every = numberOf(step, { min: 0, max: 0 })
    if (typeof every === 'string') return every
    if (every === 0) return `step of range should be a positive number: ${text}`
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${text}`
  return start > end ? `beginning of range (${start}) beyond end of range (${end}): ${text}` : undefined
}

/** Undefined when the schedule is fine. */
export function scheduleProblem(schedule: string): string | undefined {
  if (/(?:^|\s)(?:CRON_)?TZ=/.test(schedule)) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
  if (schedule.startsWith('@')) {
    if (descriptors.includes(schedule) || /^@every (?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(schedule))
      return undefined
    return `unrecognized descriptor: ${schedule}`
  }
  const parts = schedule.split(/\s+/).filter(f => f !== '')
  if (parts.length !== 5) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`
  for (const [i, part] of parts.entries()) {
    const bounds = fields[i]
    for (const range of bounds ? part.split(',') : []) {
      const problem = bounds && rangeProblem(range, bounds)
      if (problem) return problem
    }
  }
  return undefined
}
