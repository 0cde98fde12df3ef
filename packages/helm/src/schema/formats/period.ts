/** `period` of time: a start and an end, one of which may be a duration. */
import { duration } from './duration.ts'
import { inPart } from './format.ts'
import { dateTime } from './time.ts'

export function period(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return 'missing slash'
  const [start, end] = [text.slice(0, slash), text.slice(slash + 1)]
  if (start.startsWith('P')) {
    return inPart('invalid start duration', duration(start)) ?? inPart('invalid end date-time', dateTime(end))
  }
  return (
    inPart('invalid start date-time', dateTime(start)) ??
    (end.startsWith('P')
      ? inPart('invalid end duration', duration(end))
      : inPart('invalid end date-time', dateTime(end)))
  )
}
