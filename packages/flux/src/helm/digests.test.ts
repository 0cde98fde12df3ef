import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isRecordOf, snapshotOf } from './snapshot-of.ts'
import { specDigests } from './spec-digest.ts'
import { aRecord, aRelease } from './testing/a-release.ts'
import { isDigestOf, valuesDigest } from './values-digest.ts'

/** Those of helm-controller, so that either recognises what the other has made. */
describe('digests', () => {
  test('of values do not depend on how they are written', () => {
    const nothing = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    assert.equal(valuesDigest(undefined), nothing)
    assert.equal(valuesDigest({}), nothing)
    const digest = 'sha256:fcdc2b0de1581a3633ada4afee3f918f6eaa5b5ab38c3fef03d5b48d3f85d9f6'
    const ports = [
      { protocol: 'TCP', port: 8080 },
      { port: 9090, protocol: 'UDP' },
    ]
    assert.equal(valuesDigest({ replicas: 3, image: { tag: 'latest', repository: 'nginx' }, ports }), digest)
    assert.equal(valuesDigest({ ports, image: { repository: 'nginx', tag: 'latest' }, replicas: 3n }), digest)
    assert.ok(isDigestOf(digest, { ports, image: { repository: 'nginx', tag: 'latest' }, replicas: 3 }))
    assert.ok(!isDigestOf(digest, {}))
    assert.ok(!isDigestOf('md5:abc', {}))
  })

  test('of values sort keys by their bytes', () => {
    const test = {
      '632bd80235a05f4192aefade': 'value1',
      '632bd80ddf416cf32fd50679': 'value2',
      '632bd817c559818a52307da2': 'value3',
      '632bd82398e71231a98004b6': 'value4',
    }
    const digest = 'sha256:8a980fcbeadd6f05818f07e8aec14070c22250ca3d96af1fcd5f93b3e85b4d70'
    assert.equal(valuesDigest({ replicas: 3, test }), digest)
  })

  test('of a release', () => {
    const chart = { ...aRecord(0).chart, metadata: {} }
    const record = aRecord(0, { name: 'foo', namespace: '', info: {}, chart })
    const digest = 'sha256:f1498f27a16a09cd7e1ee610d924df065c03d30035638babc95dd9a8d412ce4d'
    assert.equal(snapshotOf({ record }).digest, digest)
  })

  test('of a release leave out its tests and the content of its chart, and notice the rest', () => {
    const record = aRecord(1, {
      config: { a: { b: 'x<y' } },
      manifest: 'kind: A\n',
      info: { status: 'deployed', notes: 'n' },
    })
    const snapshot = snapshotOf({ record, action: 'install', ociDigest: 'sha256:abc' })
    const check = { name: 'check', events: ['test' as const], last_run: { phase: 'Failed' as const } }
    assert.equal(isRecordOf(snapshot, { ...record, hooks: [check] }), true)
    assert.equal(isRecordOf(snapshot, { ...record, chart: { ...record.chart, values: { other: 1 } } }), true)
    const others = [
      { ...record, manifest: 'kind: B\n' },
      { ...record, config: { a: { b: 'x<z' } } },
      { ...record, version: 2 },
      { ...record, info: { ...record.info, status: 'failed' as const } },
      { ...record, hooks: [{ ...check, events: ['pre-install' as const] }] },
    ]
    for (const other of others) assert.equal(isRecordOf(snapshot, other), false)
    assert.equal(isRecordOf({ ...snapshot, ociDigest: undefined }, record), false)
    assert.equal(isRecordOf({ ...snapshot, digest: 'nonsense' }, record), 'undigestible')
    // Taken in the days of Helm 3, whose digests were others.
    assert.equal(isRecordOf({ ...snapshot, apiVersion: undefined }, others[0]!), true)
  })

  test('of parts of the spec are empty where there is nothing', () => {
    assert.deepEqual(specDigests(aRelease()), { postRenderers: '', commonMetadata: '' })
    const { commonMetadata } = specDigests(aRelease({ commonMetadata: { labels: { b: '1', a: '2' } } }))
    assert.equal(
      commonMetadata,
      specDigests(aRelease({ commonMetadata: { labels: { a: '2', b: '1' } } })).commonMetadata,
    )
    assert.match(specDigests(aRelease({ postRenderers: [] })).postRenderers, /^sha256:/)
  })
})
