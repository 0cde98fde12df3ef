import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { anchored, loadEngine } from './go-regexp.ts'
import { simplePattern } from './simple-pattern.ts'

before(loadEngine)

test('a simple expression means what it means in Go', () => {
  const pieces = [
    ...['a', 'b', '-', '.', '\\.', '*', '+', '?', '|', '(', '(?:', ')', '[a-c]', '[b.-]', '[z-a]'],
    '/',
    '{2}',
    '^',
    '$',
  ]
  let simple = 0
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map(parts => parts.join('')),
      fc.array(fc.stringMatching(/^[abc.\-/\n𝒳\r]{0,6}$/u), { minLength: 1, maxLength: 8 }),
      (pattern, texts) => {
        const expression = simplePattern(pattern)
        if (!expression) return
        simple += 1
        const real = RE2JS.compile(`^(?:${pattern})$`)
        for (const text of texts) assert.equal(expression.test(text), real.matcher(text).find(), JSON.stringify(text))
      },
    ),
    { numRuns: 4000 },
  )
  assert.ok(simple > 500)
})

test('which expressions are simple', () => {
  for (const pattern of ['web.*', 'app-(1|2)', 'Deploy.*|StatefulSet', '[a-z0-9-]+', 'a.b', 'x-?y', '.*-canary']) {
    assert.ok(simplePattern(pattern), pattern)
  }
  for (const pattern of [
    '(a+)+',
    '(a|b)*',
    'a{3}',
    '.*.*.*',
    '^a',
    '(?i)a',
    'a**',
    '*a',
    '(a',
    '[z-a]',
    'a?b?c?d?e?',
    '\\w',
  ]) {
    assert.equal(simplePattern(pattern), undefined, pattern)
  }
})

test('long texts are matched too', () => {
  const matches = anchored('a.*b')
  assert.ok(matches(`a${'x'.repeat(5000)}b`))
  assert.ok(!matches(`a${'x'.repeat(5000)}c`))
})
