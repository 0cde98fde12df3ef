/** `date`, in the words of Go's time.Parse. */
import { goQuote } from '@sluice/template'

export function date(text: string): string | undefined {
  const failure = (what: string): string => `parsing time ${goQuote(text)}${what}`
  const found = /^(\d{4})-(\d\d)-(\d\d)(.*)$/s.exec(text)
  if (!found) return failure(` as "2006-01-02": cannot parse ${misfit(text)}`)
  const [, year, month, day, rest = ''] = found
  if (Number(month) < 1 || Number(month) > 12) return failure(': month out of range')
  if (rest !== '') return failure(`: extra text: ${goQuote(rest)}`)
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) < 1 || Number(day) > last ? failure(': day out of range') : undefined
}

/** Where a text stops to be a date, and what was to come there. */
function misfit(text: string): string {
  let at = 0
  for (const [layout, shape] of [
    ['2006', /^\d{4}/],
    ['-', /^-/],
    ['01', /^\d\d/],
    ['-', /^-/],
    ['02', /^\d\d/],
  ] as const) {
    const found = shape.exec(text.slice(at))
    if (!found) return `${goQuote(text.slice(at))} as ${goQuote(layout)}`
    at += found[0].length
  }
  return `${goQuote(text.slice(at))} as ""`
}
