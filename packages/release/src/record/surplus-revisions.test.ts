import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ReleaseRecord, ReleaseStatus } from './release-record.ts'
import { surplusRevisions } from './surplus-revisions.ts'

const history = (...statuses: ReleaseStatus[]): ReleaseRecord[] =>
  statuses.map((status, at) => ({
    name: 'r',
    namespace: 'ns',
    version: at + 1,
    info: { status },
    chart: { metadata: null, lock: null, templates: null, values: null, schema: null, files: null },
    manifest: '',
    hooks: [],
  }))

const cases: [string, ReleaseStatus[], number, number[]][] = [
  ['without a limit all stay', ['superseded', 'superseded', 'deployed'], 0, []],
  ['one more still fits', ['superseded', 'deployed'], 3, []],
  ['the oldest goes', ['superseded', 'superseded', 'deployed'], 3, [1]],
  ['the newest deployed one stays, however old', ['deployed', 'failed', 'failed', 'failed'], 3, [2, 3]],
  ['of two deployed ones the newer', ['deployed', 'deployed', 'failed'], 2, [1, 3]],
  ['a limit of one leaves what is deployed', ['superseded', 'deployed'], 1, [1]],
  ['nothing deployed', ['failed', 'failed', 'failed'], 2, [1, 2]],
]

describe('revisions that must go before the next', () => {
  for (const [name, statuses, most, versions] of cases) {
    test(name, () => {
      const gone = surplusRevisions(history(...statuses), most)
      assert.deepEqual(
        gone.map(({ version }) => version),
        versions,
      )
    })
  }
})
