import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { durationOr, formatDuration, parseDuration } from './duration.ts'

const HOUR = 3_600_000

describe('duration', () => {
  // What Go's time.ParseDuration accepts.
  const accepted: [string, number][] = [
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['5s', 5000],
    ['+5s', 5000],
    ['-5s', -5000],
    ['1m30s', 90_000],
    ['1h', HOUR],
    ['1h0m0.5s', HOUR + 500],
    ['.5s', 500],
    ['5.s', 5000],
    ['1.5h', 1.5 * HOUR],
    ['100ms', 100],
    ['20us', 0.02],
    ['20µs', 0.02],
    ['20μs', 0.02],
    ['7ns', 7e-6],
    ['1s1h', HOUR + 1000],
    ['10m10m', 1_200_000],
    ['39h9m14.425s', 140_954_425],
    ['2562047h', 2_562_047 * HOUR],
  ]
  for (const [text, milliseconds] of accepted) {
    test(`reads ${text}`, () => assert.equal(parseDuration(text), milliseconds))
  }

  for (const text of [
    '',
    '3',
    '-',
    '+',
    's',
    '.',
    '-.',
    '.s',
    '+.s',
    '1d',
    '1 s',
    ' 1s',
    '1s ',
    '--1s',
    '1e3s',
    '2562048h',
  ]) {
    test(`refuses '${text}', as Go does`, () => assert.equal(parseDuration(text), undefined))
  }

  // What Go's Duration.String prints.
  const printed: [number, string][] = [
    [0, '0s'],
    [1e-6, '1ns'],
    [1.1e-3, '1.1µs'],
    [2.2, '2.2ms'],
    [3300, '3.3s'],
    [4 * 60_000 + 5000, '4m5s'],
    [4 * 60_000 + 5001, '4m5.001s'],
    [5 * HOUR + 6 * 60_000 + 7001, '5h6m7.001s'],
    [8 * 60_000 + 1e-6, '8m0.000000001s'],
    [HOUR, '1h0m0s'],
    [600_000, '10m0s'],
    [999.9999999, '1s'],
    [-90_000, '-1m30s'],
    [2_562_047 * HOUR + 47 * 60_000 + 16_854, '2562047h47m16.854s'],
  ]
  for (const [milliseconds, text] of printed) {
    test(`prints ${text}`, () => assert.equal(formatDuration(milliseconds), text))
  }

  test('reads back what it prints, to the nanosecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), nanoseconds => {
        const milliseconds = nanoseconds / 1e6
        const back = parseDuration(formatDuration(milliseconds))
        assert.equal(Math.round((back ?? Number.NaN) * 1e6) + 0, nanoseconds + 0)
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 290 * 365 * 24 * HOUR }), milliseconds => {
        assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds)
      }),
    )
  })

  test('falls back when there is nothing to read', () => {
    assert.equal(durationOr(undefined, 7), 7)
    assert.equal(durationOr('soon', 7), 7)
    assert.equal(durationOr('1s', 7), 1000)
  })
})
