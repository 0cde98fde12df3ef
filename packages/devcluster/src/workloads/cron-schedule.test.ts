import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextTime, parseSchedule } from './cron-schedule.ts'

const cases: [schedule: string, after: string, next: string, zone?: string][] = [
  ['* * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:01:00Z'],
  ['*/15 * * * *', '2026-01-01T00:46:00Z', '2026-01-01T01:00:00Z'],
  ['0 3 * * *', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z'],
  ['30 2 1 * *', '2026-01-15T00:00:00Z', '2026-02-01T02:30:00Z'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 9 * * MON-FRI', '2026-01-02T10:00:00Z', '2026-01-05T09:00:00Z'],
  ['0 0 13 * 5', '2026-01-03T00:00:00Z', '2026-01-09T00:00:00Z'],
  ['@daily', '2026-01-01T12:00:00Z', '2026-01-02T00:00:00Z'],
  ['0 12 * * *', '2026-01-01T00:00:00Z', '2026-01-01T17:00:00Z', 'America/New_York'],
]
for (const [schedule, after, next, zone] of cases) {
  test(`${schedule} after ${after}`, () => {
    const found = nextTime(parseSchedule(schedule, zone), Date.parse(after))
    assert.equal(new Date(found ?? 0).toISOString().replace('.000', ''), next)
  })
}

test('what is no schedule is refused', () => {
  assert.throws(() => parseSchedule('* * *'), { message: 'expected exactly 5 fields, found 3: [* * *]' })
  assert.throws(() => parseSchedule('61 * * * *'), /out of range/)
})
