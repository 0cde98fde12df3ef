import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LabelSelectorError, labelMatcher } from './label-selector.ts'

const LABELS = { app: 'web', tier: 'front', 'sharding.fluxcd.io/key': 'shard1', empty: '' }

describe('label selector', () => {
  const cases: [string, boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    [' app = web , tier = front ', true],
    ['app=api', false],
    ['app=web,tier=back', false],
    ['app!=api', true],
    ['missing!=x', true],
    ['app!=web', false],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['!app', false],
    ['! missing', true],
    ['empty=', true],
    ['missing=', false],
    ['app in (api, web)', true],
    ['app in (api)', false],
    ['missing in (api)', false],
    ['app notin (api,db)', true],
    ['app notin (web)', false],
    ['missing notin (web)', true],
    ['app in (web,api),tier notin (back),!missing', true],
    ['sharding.fluxcd.io/key=shard1', true],
    ['sharding.fluxcd.io/key in (shard1, shard2)', true],
    ['!sharding.fluxcd.io/key', false],
  ]
  for (const [selector, matches] of cases) {
    test(`'${selector}' ${matches ? 'matches' : 'does not match'}`, () => {
      assert.equal(labelMatcher(selector)(LABELS), matches)
    })
  }

  test('an object without labels matches only what asks for none', () => {
    assert.equal(labelMatcher('app')(undefined), false)
    assert.equal(labelMatcher('!app')(undefined), true)
  })

  for (const selector of ['app=we b', 'app in web', 'app=web,', '=web', 'app in (a', 'a=b=c', '!app=web']) {
    test(`'${selector}' is refused by name`, () => {
      assert.throws(() => labelMatcher(selector), LabelSelectorError)
    })
  }
})
