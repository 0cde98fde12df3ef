import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordedHook } from '../record/release-record.ts'
import { hooksOf } from './hook-order.ts'

const hook = (name: string, weight: number, kind: string, events: RecordedHook['events'] = ['test']): RecordedHook => ({
  name,
  kind,
  weight,
  events,
  last_run: { phase: '' },
})

test('hooks run by weight, then by name; what has both in common stays in the order of installation', () => {
  const hooks = [
    hook('b', 0, 'ConfigMap'),
    hook('a', 0, 'Job'),
    hook('z', -1, 'Job'),
    hook('same', 3, 'ServiceAccount'),
    hook('same', 3, 'Job'),
    hook('late', 10, 'Job'),
    hook('two', 2, 'Job'),
    hook('other', -9, 'Job', ['pre-install']),
  ]
  assert.deepEqual(
    hooksOf(hooks, 'test').map(({ name, kind }) => `${name} ${kind}`),
    ['z Job', 'a Job', 'b ConfigMap', 'two Job', 'same ServiceAccount', 'same Job', 'late Job'],
  )
  assert.deepEqual(hooksOf(hooks, 'post-delete'), [])
})
