import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { humanDuration } from './human-duration.ts'
import { jsonPathValues } from './json-path.ts'

describe('an age', () => {
  const second = 1000
  const minute = 60 * second
  const hour = 60 * minute
  const day = 24 * hour
  const cases: [number, string][] = [
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute, '10m'],
    [179 * minute, '179m'],
    [3 * hour + 5 * minute, '3h5m'],
    [47 * hour, '47h'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [3 * 365 * day, '3y'],
    [3 * 365 * day + 2 * day, '3y2d'],
    [9 * 365 * day, '9y'],
  ]
  for (const [milliseconds, expected] of cases)
    test(expected, () => assert.equal(humanDuration(milliseconds), expected))
})

describe('a JSONPath', () => {
  const object = {
    spec: { size: 3, 'a.b': 'dotted' },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'False' },
      ],
    },
  }
  const cases: [string, unknown[]][] = [
    ['.spec.size', [3]],
    ['{.spec.size}', [3]],
    ['.spec.none', []],
    ["['spec'].size", [3]],
    ['.spec.a\\.b', ['dotted']],
    ['.status.conditions[0].type', ['Ready']],
    ['.status.conditions[-1].type', ['Other']],
    ['.status.conditions[*].status', ['True', 'False']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ["{.status.conditions[?(@.type=='Ready')].status}", ['True']],
  ]
  for (const [path, expected] of cases) test(path, () => assert.deepEqual(jsonPathValues(path, object), expected))
})
