/** Typed objects of our kinds are ordinary Kubernetes objects, and ordinary objects are recognised as ours. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiVersionOf, type Condition, type GitRepository, gitRepository, isKind, type KubeObject } from './index.ts'

const repository: GitRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'podinfo' },
  spec: { url: 'https://example.com/podinfo.git', interval: '1m' },
}

describe('isKind', () => {
  test('narrows an object to its kind', () => {
    const object: KubeObject = repository
    assert.ok(isKind(gitRepository, object))
    const url: string = object.spec.url
    const conditions: Condition[] | undefined = object.status?.conditions
    assert.deepEqual([url, conditions], ['https://example.com/podinfo.git', undefined])
  })

  test('refuses another kind, another group of the same kind, and an object without spec', () => {
    assert.equal(isKind(gitRepository, { ...repository, kind: 'Bucket' }), false)
    assert.equal(isKind(gitRepository, { ...repository, apiVersion: 'example.com/v1' }), false)
    assert.equal(isKind(gitRepository, { ...repository, spec: undefined }), false)
  })
})

test('apiVersionOf is that of the storage version', () => {
  assert.equal(apiVersionOf(gitRepository), 'source.toolkit.fluxcd.io/v1')
})
