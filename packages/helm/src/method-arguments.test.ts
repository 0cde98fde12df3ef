/** Arguments that methods do not take are refused as the real helm refuses them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { besideHelm } from './testing/beside-helm.ts'

const calls = [
  '.Files.Get nil',
  '.Files.Get .Values.nothing',
  '.Files.Get .Values.none',
  '.Files.Get .Values.map',
  '.Files.Get .Values.number',
  '.Files.Get 1',
  '.Files.Get',
  '.Files.Get (fail "x") "y"',
  '.Files.Get .Values.map.k',
  '.Values.nothing | .Files.Get',
  '.Values.list | .Files.Lines',
  '.Files.Glob nil',
  '.Files.GetBytes (list)',
  '.Capabilities.APIVersions.Has nil',
  '.Capabilities.APIVersions.Has .Values.nothing',
  '.Capabilities.APIVersions.Has 3',
  '.Capabilities.APIVersions.Has "v1"',
  '.Values.Table .Values.number',
  '.Values.PathValue (dict)',
  'now.Format nil',
  'now.Before "x"',
  'now.Before .Values.number',
  '(semver "1.2.3").Compare nil',
  '(semver "1.2.3").Compare "x"',
  '(semver "1.2.3").LessThan .Values.nothing',
  '(semver "1.2.3").Compare (semver "1.2.4")',
]

test('what methods refuse', { concurrency: 2 }, async context => {
  await Promise.all(
    calls.map(call =>
      context.test(call, async () => {
        const { ours, real } = await besideHelm({
          'templates/a.yaml': `a: {{ ${call} }}\n`,
          'values.yaml': 'number: 1\nnothing: null\nmap: {k: v}\nlist: [1]\n',
        })
        assert.equal(ours, real)
      }),
    ),
  )
})
