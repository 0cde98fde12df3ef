import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch, strategicMerge } from './index.ts'

const parsed = (text: string): Record<string, unknown> => JSON.parse(text)

test('a field named __proto__ is a field like others', () => {
  const patch = parsed('{"spec": {"__proto__": {"a": 1}}}')
  for (const merge of [mergePatch, (target: unknown, change: unknown) => strategicMerge(undefined, target, change)]) {
    assert.equal(JSON.stringify(merge({ spec: { b: 2 } }, patch)), '{"spec":{"b":2,"__proto__":{"a":1}}}')
    assert.equal(
      JSON.stringify(merge(patch, parsed('{"spec": {"__proto__": {"b": 2}}}'))),
      '{"spec":{"__proto__":{"a":1,"b":2}}}',
    )
    assert.equal(JSON.stringify(merge(patch, parsed('{"spec": {"__proto__": null}}'))), '{"spec":{}}')
  }
})
