import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtinTypes } from '../resources/builtin-types.ts'
import { fieldSelector, fieldTerms } from './field-selector.ts'
import { labelSelector, selectorMatches } from './label-selector.ts'

const labels = { app: 'web', tier: 'front', n: '5' }

describe('a label selector', () => {
  const cases: [string, boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['none!=web', true],
    ['app in (web,api)', true],
    ['app notin (web)', false],
    ['none notin (web)', true],
    ['app', true],
    ['!app', false],
    ['!none', true],
    ['n>4', true],
    ['n<4', false],
    ['app=web,tier=back', false],
    ['app=web, tier in (front), !x', true],
    ['app=', false],
  ]
  for (const [text, expected] of cases) {
    test(`${text || 'that is empty'} ${expected ? 'matches' : 'does not match'}`, () => {
      assert.equal(labelSelector(text)?.(labels) ?? true, expected)
    })
  }

  for (const text of ['app in', 'app=(', '=x', 'app in (a', 'a b', 'n>x', '-x=1']) {
    test(`${text} is refused`, () => {
      assert.throws(() => labelSelector(text), { code: 400 })
    })
  }

  test('as an object matches like the text', () => {
    assert.equal(selectorMatches({ matchLabels: { app: 'web' } }, labels), true)
    assert.equal(
      selectorMatches({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, labels),
      false,
    )
    assert.equal(selectorMatches({}, labels), true)
    assert.equal(selectorMatches(undefined, labels), false)
  })
})

describe('a field selector', () => {
  const [pods] = builtinTypes().find(t => t.collection === '/pods')?.versions ?? []
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { nodeName: 'n' },
    status: { phase: 'Running' },
  }

  test('reads the fields of its kind', () => {
    assert.ok(pods)
    assert.equal(fieldSelector('spec.nodeName=n,status.phase!=Failed', pods)?.matches(pod), true)
    assert.equal(fieldSelector('metadata.name=q', pods)?.matches(pod), false)
    assert.equal(fieldSelector('metadata.name=p', pods)?.name, 'p')
  })

  test('refuses fields nobody can select by', () => {
    assert.ok(pods)
    assert.throws(() => fieldSelector('spec.foo=1', pods), /field label not supported: spec.foo/)
  })

  test('unescapes commas, equals signs and backslashes', () => {
    assert.deepEqual(fieldTerms('a=b\\,c\\=d\\\\,e!=f'), [
      { field: 'a', negative: false, value: 'b,c=d\\' },
      { field: 'e', negative: true, value: 'f' },
    ])
  })
})
