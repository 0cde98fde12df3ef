import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusalText } from './refusal-text.ts'

const secret = { apiVersion: 'v1', kind: 'Secret', name: 's', namespace: 'ns' }
const cases: [string, string][] = [
  [
    'Secret "s" is invalid: data[a]: Invalid value: "hid\\"den: x": a reason',
    'Secret "s" is invalid: data[a]: Invalid value: "***": a reason',
  ],
  [
    'Secret "s" is invalid: x: Invalid value: 12345: a reason',
    'Secret "s" is invalid: x: Invalid value: "***": a reason',
  ],
  [
    'failed to create typed patch object (ns/s; /v1, Kind=Secret): .stringData.p: expected string, got &value.valueUnstructured{Value:12345}',
    'failed to create typed patch object (ns/s; /v1, Kind=Secret): .stringData.p: expected string, got &value.valueUnstructured{Value:***}',
  ],
  ['secrets is forbidden: User "u" cannot patch', 'secrets is forbidden: User "u" cannot patch'],
]

describe('what the server says of a Secret', () => {
  for (const [text, told] of cases) test(told, () => assert.equal(refusalText(secret, new Error(text)), told))

  test('and of anything else, unchanged', () => {
    const text = 'ConfigMap "c" is invalid: data[a]: Invalid value: "shown": a reason'
    assert.equal(refusalText({ ...secret, kind: 'ConfigMap' }, new Error(text)), text)
  })
})
