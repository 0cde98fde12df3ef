import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FEATURE_GATES, isEnabled, parseFeatureGates } from './feature-gates.ts'

describe('feature gates', () => {
  test('are off unless switched on, and the last word counts', () => {
    const gates = parseFeatureGates('UseHelm3Defaults=true,OOMWatch=false', parseFeatureGates('OOMWatch=true'))
    assert.equal(isEnabled(gates, 'UseHelm3Defaults'), true)
    assert.equal(isEnabled(gates, 'OOMWatch'), false)
    assert.equal(isEnabled(gates, 'AllowDNSLookups'), false)
    assert.equal(isEnabled(gates, 'CorrectDrift'), true)
    assert.equal(isEnabled(parseFeatureGates('CorrectDrift=false'), 'CorrectDrift'), false)
    assert.equal(parseFeatureGates(FEATURE_GATES.join(',')).set.size, FEATURE_GATES.length)
  })

  test('that change nothing are said to', () => {
    const { notes } = parseFeatureGates('CacheSecretsAndConfigMaps=true,AdoptLegacyReleases=false')
    assert.match(notes.join('\n'), /^feature gate CacheSecretsAndConfigMaps changes nothing: .*\n.*AdoptLegacy/)
  })

  const refused: [text: string, message: RegExp][] = [
    ['Nonsense=true', /^feature-gate 'Nonsense' not supported\. Supported are AdditiveCEL/],
    ['__proto__=true', /^feature-gate '__proto__' not supported/],
    ['ObjectLevelWorkloadIdentity=true', /^feature-gate 'ObjectLevelWorkloadIdentity' cannot be true: workload/],
    ['StrictPostBuildSubstitutions=false', /^feature-gate 'StrictPostBuildSubstitutions' cannot be false/],
    ['OOMWatch=maybe', /^OOMWatch must be true or false, not "maybe"/],
  ]
  for (const [text, message] of refused) {
    test(`refused: ${text}`, () => assert.throws(() => parseFeatureGates(text), { message }))
  }

  test('that only say what holds anyway are taken', () => {
    const { set, notes } = parseFeatureGates('ObjectLevelWorkloadIdentity=false,StrictPostBuildSubstitutions=true')
    assert.deepEqual([set.size, notes.length], [0, 0])
  })
})
