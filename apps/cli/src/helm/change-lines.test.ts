import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectChange } from '@sluice/release'
import { changeLines } from './change-lines.ts'

const ref = (kind: string, name: string) => ({ apiVersion: 'v1', kind, namespace: 'shop', name })
const wanted = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'any' } }
const same = { patch: [], masked: [], wanted }

test('an object a line, its fields below, what was before them', () => {
  const live = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { 'app.kubernetes.io/name': 'a' } },
    data: { color: 'red' },
  }
  const changes: ObjectChange[] = [
    { ref: ref('Service', 'web'), action: 'added', ...same },
    {
      ref: ref('ConfigMap', 'settings'),
      action: 'changed',
      live,
      wanted,
      patch: [],
      masked: [
        { op: 'replace', path: '/data/color', value: 'blue' },
        { op: 'replace', path: '/metadata/labels/app.kubernetes.io~1name', value: 'b' },
        { op: 'add', path: '/data/list', value: ['x'] },
        { op: 'remove', path: '/data/old' },
      ],
    },
    { ref: ref('ConfigMap', 'gone'), action: 'removed', ...same },
    { ref: ref('Deployment', 'web'), action: 'unchanged', ...same },
  ]
  assert.equal(
    changeLines(changes),
    [
      '+ Service/shop/web',
      '~ ConfigMap/shop/settings',
      '    data.color: "red" → "blue"',
      '    metadata.labels["app.kubernetes.io/name"]: "a" → "b"',
      '    + data.list: ["x"]',
      '    - data.old',
      '- ConfigMap/shop/gone',
      '1 to add, 1 to change, 1 to remove, 1 as they are',
      '',
    ].join('\n'),
  )
})

test('of a Secret neither the new value nor the old one', () => {
  const secret: ObjectChange = {
    ref: ref('Secret', 'login'),
    action: 'changed',
    wanted,
    live: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, data: { password: 'b2xk' } },
    patch: [{ op: 'replace', path: '/data/password', value: 'bmV3' }],
    masked: [{ op: 'replace', path: '/data/password', value: '***' }],
  }
  assert.match(changeLines([secret]), /^ {4}data\.password: "\*\*\*"$/m)
  assert.doesNotMatch(changeLines([secret]), /b2xk|bmV3/)
})
