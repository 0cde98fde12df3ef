import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compiledRule } from './cel-environment.ts'
import { withAnyHas } from './has-macro.ts'

describe('has()', () => {
  const cases: [string, string][] = [
    ['has(self.a)', 'has(self.a)'],
    ['has(self.a[0].b)', '(self.a[0].?b).hasValue()'],
    ['!has(f(x).b) && has(self.c)', '!(f(x).?b).hasValue() && has(self.c)'],
    [`"has(self.a[0].b)" == self.d`, `"has(self.a[0].b)" == self.d`],
    ['hash(self.a[0].b)', 'hash(self.a[0].b)'],
  ]
  for (const [expression, expected] of cases) test(expression, () => assert.equal(withAnyHas(expression), expected))

  test('is evaluated behind an index', () => {
    const rule = compiledRule('has(self.a[0].b)')
    assert.equal(rule({ self: { a: [{ b: 1 }] } }), true)
    assert.equal(rule({ self: { a: [{}] } }), false)
  })
})
