import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RefAdvertisement } from './ref-advertisement.ts'
import { type GitReference, refuseImpossibleRef, selectRef } from './ref-selection.ts'

const id = (digit: string) => digit.repeat(40)

function remote(refs: Record<string, string>, peeled: Record<string, string> = {}): RefAdvertisement {
  return { refs: new Map(Object.entries(refs)), peeled: new Map(Object.entries(peeled)), capabilities: new Map() }
}

const everything = remote(
  {
    HEAD: id('1'),
    'refs/heads/main': id('1'),
    'refs/heads/master': id('2'),
    'refs/pull/7/head': id('3'),
    'refs/tags/v1.0.0': id('a'),
    'refs/tags/1.10.0': id('4'),
    'refs/tags/v1.9.3': id('5'),
    'refs/tags/2.0.0-rc.1': id('6'),
    'refs/tags/3': id('7'),
    'refs/tags/v2.5': id('8'),
  },
  { 'refs/tags/v1.0.0': id('b') },
)

describe('a reference selects', () => {
  const table: [what: string, ref: GitReference | undefined, label: string, commit: string][] = [
    ['master when there is none', undefined, 'master', id('2')],
    ['its branch', { branch: 'main' }, 'main', id('1')],
    ['the commit an annotated tag ends at', { tag: 'v1.0.0' }, 'v1.0.0', id('b')],
    ['a plain tag', { tag: '1.10.0' }, '1.10.0', id('4')],
    ['the highest version in a range', { semver: '>=1.0.0 <2.0.0' }, '1.10.0', id('4')],
    ['no pre-release unless the range names one', { semver: '*' }, '1.10.0', id('4')],
    ['a pre-release when the range names one', { semver: '>=1.0.0-0' }, '2.0.0-rc.1', id('6')],
    ['any full name', { name: 'refs/pull/7/head' }, 'refs/pull/7/head', id('3')],
    ['a tag by its full name', { name: 'refs/tags/v1.0.0' }, 'refs/tags/v1.0.0', id('b')],
    ['a tag by its peeled name', { name: 'refs/tags/v1.0.0^{}' }, 'refs/tags/v1.0.0^{}', id('b')],
    ['a commit without a label', { commit: id('9') }, '', id('9')],
    ['a commit labelled by its branch', { commit: id('9'), branch: 'main' }, 'main', id('9')],
    ['a commit labelled by its name', { commit: id('9'), name: 'refs/heads/main' }, 'refs/heads/main', id('9')],
    ['the tag before the range and the branch', { tag: '1.10.0', semver: '3.x', branch: 'main' }, '1.10.0', id('4')],
    ['the name before the tag', { name: 'refs/heads/main', tag: '1.10.0' }, 'refs/heads/main', id('1')],
    ['the range before the branch', { semver: '1.9.x', branch: 'main' }, 'v1.9.3', id('5')],
  ]
  for (const [what, ref, label, commit] of table) {
    test(what, () => {
      const [candidate] = selectRef(ref, everything).candidates
      assert.equal(candidate?.label, label)
      assert.equal(candidate?.commit, commit)
    })
  }

  test('several tags when their versions are equal', () => {
    const twins = remote({ 'refs/tags/1.0.0+a': id('1'), 'refs/tags/1.0.0+b': id('2'), 'refs/tags/0.9.0': id('3') })
    const { candidates } = selectRef({ semver: '*' }, twins)
    assert.deepEqual(
      candidates.map(one => one.label),
      ['1.0.0+a', '1.0.0+b'],
    )
  })
})

describe('a reference that selects nothing says', () => {
  const table: [ref: GitReference | undefined, message: string, from?: RefAdvertisement][] = [
    [{ branch: 'nope' }, `couldn't find remote ref "refs/heads/nope"`],
    [{ tag: 'v9' }, `couldn't find remote ref "refs/tags/v9"`],
    [{ name: 'refs/pull/404/head' }, "unable to resolve ref 'refs/pull/404/head' to a specific commit"],
    [{ name: 'refs/heads/main/' }, "ref refs/heads/main/ is invalid; Git refs cannot begin or end with a slash '/'"],
    [{ commit: '0123456' }, "unable to resolve commit object for '0123456': object not found"],
    [{ semver: '>=9' }, 'no match found for semver: >=9'],
    [{ semver: 'banana' }, 'semver parse error: improper constraint: banana'],
    [{ branch: 'main' }, 'remote repository is empty', remote({})],
  ]
  for (const [ref, message, from = everything] of table) {
    test(message, () => {
      assert.throws(
        () => {
          refuseImpossibleRef(ref)
          selectRef(ref, from)
        },
        { message },
      )
    })
  }
})
