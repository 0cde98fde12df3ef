import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseConstraint, parseVersion, satisfies } from './index.ts'

const recorded = new URL('../../../../shared/conformance/semver/cases.json', import.meta.url)

interface Case {
  constraint: string
  version: string
  expected: boolean
}

describe('version ranges', () => {
  test('agree with what Masterminds/semver was recorded to answer', t => {
    if (!existsSync(recorded)) return t.skip('../shared/conformance/semver is not beside the repository')
    const cases: Case[] = JSON.parse(readFileSync(recorded, 'utf8'))
    const different = cases.filter(one => check(one.constraint, one.version) !== one.expected)
    assert.deepEqual(different, [])
  })

  const table: [constraint: string, version: string, expected: boolean][] = [
    ['1.x', '1.0.0', true],
    ['1.x', '1.1.0-rc.1', false],
    ['>=1.0.0-0', '1.1.0-rc.1', true],
    ['>=1.0.0 <2.0.0', 'v1.10.0', true],
    ['>=1.0.0, <2.0.0', '2.0.0', false],
    ['>11', '11.1.0', false],
    ['>11.1', '11.2.0', true],
    ['1.2 - 1.4.5', '1.4.5', true],
    ['1.2 - 1.4.5', '1.4.6', false],
    ['^0.0.3', '0.0.4', false],
    ['^0', '0.9.0', true],
    ['~1', '1.9.9', true],
    ['1.0.0 || 3.x', '3.2.1', true],
    ['*', 'v01.2.3', true],
  ]
  for (const [constraint, version, expected] of table) {
    test(`${version} ${expected ? 'is' : 'is not'} in ${constraint}`, () => {
      assert.equal(check(constraint, version), expected)
    })
  }

  test('what is no range says so', () => {
    assert.throws(() => parseConstraint('not a range'), { message: 'improper constraint: not a range' })
  })
})

function check(constraint: string, version: string): boolean {
  const parsed = parseVersion(version)
  assert.ok(parsed, version)
  return satisfies(parsed, parseConstraint(constraint))
}
