import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Artifact, GitRepository } from '@sluice/api'
import { contentConfigChanged, includesChanged } from './content-config.ts'

const artifact = (revision: string, digest = 'sha256:a'): Artifact => ({
  path: 'p',
  url: 'u',
  revision,
  digest,
  lastUpdateTime: '2026-01-01T00:00:00Z',
})

const base: GitRepository['spec'] = { url: 'https://example.com/app.git', interval: '1m' }
const lib = { repository: { name: 'lib' } }
const verify = (mode: 'HEAD' | 'Tag' | 'TagAndHEAD' | 'head') => ({ mode, secretRef: { name: 'keys' } })

describe('what shapes an artifact has changed', () => {
  type Status = NonNullable<GitRepository['status']>
  const table: [
    what: string,
    spec: Partial<GitRepository['spec']>,
    status: Status,
    includes: Artifact[],
    changed: boolean,
  ][] = [
    ['not, when nothing is set', {}, {}, [], false],
    ['by another ignore rule', { ignore: 'a' }, { observedIgnore: 'b' }, [], true],
    ['by a rule that is empty now', { ignore: '' }, {}, [], true],
    ['by submodules', { recurseSubmodules: true }, {}, [], true],
    ['not by submodules that are off by name', { recurseSubmodules: false }, {}, [], false],
    ['by the order of folders', { sparseCheckout: ['a', 'b'] }, { observedSparseCheckout: ['b', 'a'] }, [], true],
    ['by a new include', { include: [lib] }, {}, [artifact('r')], true],
    ['by one include less', {}, { observedInclude: [lib], includedArtifacts: [artifact('r')] }, [], true],
    [
      'not by an include that stands',
      { include: [lib] },
      { observedInclude: [lib], includedArtifacts: [artifact('r')] },
      [artifact('r')],
      false,
    ],
    [
      'by where an include goes',
      { include: [{ ...lib, toPath: 'x' }] },
      { observedInclude: [lib], includedArtifacts: [artifact('r')] },
      [artifact('r')],
      true,
    ],
    [
      'by the revision of an include',
      { include: [lib] },
      { observedInclude: [lib], includedArtifacts: [artifact('r')] },
      [artifact('s')],
      true,
    ],
    [
      'by the digest of an include',
      { include: [lib] },
      { observedInclude: [lib], includedArtifacts: [artifact('r')] },
      [artifact('r', 'sha256:b')],
      true,
    ],
    ['by verification that is wanted now', { verify: verify('HEAD') }, {}, [], true],
    ['not by verification that was done', { verify: verify('head') }, { sourceVerificationMode: 'HEAD' }, [], false],
    ['by the tag to be verified too', { verify: verify('TagAndHEAD') }, { sourceVerificationMode: 'HEAD' }, [], true],
    ['not by less to be verified', { verify: verify('Tag') }, { sourceVerificationMode: 'TagAndHEAD' }, [], false],
  ]
  for (const [what, spec, status, includes, changed] of table) {
    test(what, () => assert.equal(contentConfigChanged({ ...base, ...spec }, status, includes), changed))
  }

  test('an included revision in its old spelling is the same', () => {
    assert.equal(includesChanged([artifact('main@sha1:abc')], [artifact('main/abc')]), false)
  })
})
