import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { OCIRepository } from '@sluice/api'
import { NO_REGISTRY, TestRegistry } from '@sluice/artifact/testing'
import { CONTENT, RegistryBench } from '../testing/registry-bench.ts'

describe('an OCIRepository', { skip: NO_REGISTRY }, () => {
  let bench: RegistryBench
  let registry: TestRegistry
  before(async () => {
    registry = await TestRegistry.start({ login: true })
  })
  after(() => registry.close())
  beforeEach(async () => {
    bench = await RegistryBench.start(registry)
    bench.login('login')
  })
  afterEach(() => bench.close())

  test('publishes what a tag names, once', async () => {
    const origin = {
      'org.opencontainers.image.source': 'https://git',
      'org.opencontainers.image.revision': 'main@sha1:1',
    }
    const digest = await bench.push('apps/web', 'v1', { 'a.yaml': 'a: 1\n' }, origin)
    bench.apply('apps/web', { ref: { tag: 'v1' } })
    const { artifact, url } = await bench.run()
    const said = `stored artifact for digest 'v1@${digest}'`
    assert.deepEqual(bench.conditions(), [`Ready=True Succeeded: ${said}`, `ArtifactInStorage=True Succeeded: ${said}`])
    assert.equal(artifact?.revision, `v1@${digest}`)
    assert.equal(artifact?.path, `ocirepository/apps/app/${digest}.tar.gz`)
    assert.equal(url, 'http://storage/ocirepository/apps/app/latest.tar.gz')
    assert.deepEqual(artifact?.metadata, origin)
    assert.deepEqual(await bench.files(), { 'a.yaml': 'a: 1\n' })
    const event = `info NewArtifact: stored artifact with revision 'v1@${digest}' from 'oci://<registry>/apps/web', origin source 'https://git', origin revision 'main@sha1:1'`
    assert.deepEqual(bench.takeEvents(), [event])
    assert.deepEqual(bench.last?.next, { kind: 'done', after: 600_000 })
    assert.deepEqual((await bench.run()).artifact, artifact)
    assert.deepEqual(bench.takeEvents(), [])
  })

  test('follows a tag that moves, and keeps what it has when the tag is gone', async () => {
    await bench.push('apps/web', 'v1', { 'a.yaml': 'a: 1\n' })
    bench.apply('apps/web', { ref: { tag: 'v1' } })
    await bench.run()
    const digest = await bench.push('apps/web', 'v1', { 'a.yaml': 'a: 2\n' })
    const { artifact } = await bench.run()
    assert.equal(artifact?.revision, `v1@${digest}`)
    assert.deepEqual(await bench.files(), { 'a.yaml': 'a: 2\n' })
    bench.apply('apps/web', { ref: { tag: 'v2' } })
    assert.deepEqual((await bench.run()).artifact, artifact)
    assert.match(
      bench.conditions()[1] ?? '',
      /^Ready=False OCIArtifactPullFailed: failed to determine artifact digest: GET .*MANIFEST_UNKNOWN/,
    )
    assert.deepEqual(bench.last?.next, { kind: 'retry' })
  })

  const refs: [ref: OCIRepository['spec']['ref'], revision: string][] = [
    [undefined, 'latest'],
    [{ semver: '1.x' }, '1.10.0'],
    [{ semver: '>=1.0.0-0' }, '2.0.0-rc.1'],
    [{ semver: '>=1.0.0-0', semverFilter: '^1\\.' }, '1.10.0'],
    [{ semver: '*', tag: 'latest' }, '1.10.0'],
  ]
  for (const [ref, tag] of refs) {
    test(`takes ${JSON.stringify(ref)} for ${tag}`, async () => {
      for (const one of ['latest', '1.9.0', '1.10.0', '2.0.0-rc.1', '1.11', 'v3']) await bench.push('a/b', one, { one })
      bench.apply('a/b', { ref })
      const { artifact } = await bench.run()
      assert.equal(artifact?.revision.split('@')[0], tag)
    })
  }

  test('takes a digest before anything else', async () => {
    const digest = await bench.push('apps/web', 'v1', { a: '1' })
    bench.apply('apps/web', { ref: { digest, tag: 'nope', semver: 'nope' } })
    const { artifact } = await bench.run()
    assert.equal(artifact?.revision, digest)
  })

  test('takes + for _ in the tags of charts', async () => {
    const type = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
    const layers = [{ mediaType: type, content: await bench.packed({ a: '1' }) }]
    for (const tag of ['1.0.0_b.1', '1.0.0_a.1']) await bench.registry.push('c/d', tag, { configType: 'x', layers })
    bench.apply('c/d', { ref: { semver: '1.x' }, layerSelector: { mediaType: type } })
    assert.match((await bench.run()).artifact?.revision ?? '', /^1\.0\.0_[ab]\.1@sha256:/)
    bench.apply('c/d', { ref: { semver: '1.x' } })
    await bench.run()
    assert.match(bench.conditions()[1] ?? '', /no match found for semver: 1\.x$/)
  })

  test('publishes the layer that is selected, unpacked or as it is', async () => {
    const packed = await bench.packed({ 'b.md': 'b', 'c.yaml': 'c' })
    const layers = [
      { mediaType: CONTENT, content: await bench.packed({ a: '1' }) },
      { mediaType: 'application/other', content: packed },
      { mediaType: 'text/plain', content: Buffer.from('plain') },
    ]
    await bench.registry.push('apps/web', 'latest', { configType: 'x', layers })
    const selector = (mediaType: string, operation: 'extract' | 'copy') => {
      bench.apply('apps/web', { layerSelector: { mediaType, operation }, ignore: '*.md' })
      return bench.run()
    }
    const status = await selector('application/other', 'extract')
    assert.deepEqual(await bench.files(), { 'c.yaml': 'c' })
    assert.deepEqual(status.observedLayerSelector, { mediaType: 'application/other', operation: 'extract' })
    assert.equal(status.observedIgnore, '*.md')
    const { artifact } = await selector('application/other', 'copy')
    assert.deepEqual(Buffer.from(await bench.store.bytes(artifact!)), Buffer.from(packed))
    await selector('text/plain', 'extract')
    assert.match(
      bench.conditions()[1] ?? '',
      /^Ready=False OCIArtifactLayerOperationFailed: failed to extract layer contents from artifact: requires gzip/,
    )
    await selector('application/none', 'copy')
    assert.equal(
      bench.conditions()[1],
      "Ready=False OCIArtifactLayerOperationFailed: failed to find layer with media type 'application/none' in artifact",
    )
    assert.equal((await bench.run()).artifact?.digest, artifact?.digest)
  })

  test('logs in with the pull secrets of a service account', async () => {
    await bench.push('apps/web', 'latest', { a: '1' })
    const imagePullSecrets = [{ name: 'wrong' }, { name: 'login' }]
    const metadata = { name: 'robot' }
    bench.objects.set('ServiceAccount/robot', { apiVersion: 'v1', kind: 'ServiceAccount', metadata, imagePullSecrets })
    bench.secret('wrong', { '.dockerconfigjson': '{"auths": {"registry.invalid": {"auth": "YTpi"}}}' })
    bench.apply('apps/web', { secretRef: undefined, serviceAccountName: 'robot' })
    await bench.run()
    assert.match(bench.conditions()[0] ?? '', /^Ready=True/)
  })

  const refused: [what: string, spec: Partial<OCIRepository['spec']>, said: RegExp, next: string][] = [
    [
      'a wrong login',
      { secretRef: { name: 'wrong' } },
      /^OCIArtifactPullFailed: failed to determine artifact digest: GET .*UNAUTHORIZED: authentication required/,
      'retry',
    ],
    [
      'a secret that is broken',
      { secretRef: { name: 'broken' } },
      /^AuthenticationFailed: failed to get credential: secret 'apps\/broken': the Docker configuration is no JSON$/,
      'retry',
    ],
    [
      'a service account whose secret is not there',
      { serviceAccountName: 'lost' },
      /^AuthenticationFailed: failed to get credential: failed to get secret 'apps\/gone': secrets "gone" not found$/,
      'retry',
    ],
    [
      'certificates that are none',
      { certSecretRef: { name: 'login' } },
      /^AuthenticationFailed: failed to generate transport for 'oci:.*': secret 'apps\/login' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'$/,
      'retry',
    ],
    [
      'a proxy of an unknown kind',
      { proxySecretRef: { name: 'proxy' } },
      /^AuthenticationFailed: failed to get proxy address: secret 'apps\/proxy': proxy URL must use one of the supported schemes/,
      'retry',
    ],
    ...(['azure', 'aws', 'gcp'] as const).map((provider): [string, Partial<OCIRepository['spec']>, RegExp, string] => [
      `the login of ${provider}`,
      { provider, secretRef: undefined },
      new RegExp(`^AuthenticationFailed: failed to get credential: provider '${provider}' is not available`),
      'retry',
    ]),
    [
      'a signature',
      { verify: { provider: 'cosign', secretRef: { name: 'login' } } },
      /^VerificationError: failed to verify the signature using provider 'cosign': this controller cannot check signatures yet/,
      'retry',
    ],
    [
      'a signature without keys',
      { verify: { provider: 'cosign' } },
      /^VerificationError: failed to verify the signature using provider 'cosign keyless': this controller/,
      'retry',
    ],
    [
      'a digest that is a tag',
      { ref: { digest: 'latest' } },
      /^OCIArtifactPullFailed: failed to determine artifact digest: 'latest' is no digest; write sha256:<hex>$/,
      'retry',
    ],
    [
      'an address with a tag',
      { url: 'oci://registry.invalid/apps/web:v1' },
      /^URLInvalid: URL validation failed for '.*': URL must not contain a tag; remove ':v1'$/,
      'stalled',
    ],
    [
      'a dead registry',
      { url: 'oci://127.0.0.1:1/apps/web' },
      /^OCIArtifactPullFailed: failed to determine artifact digest: Get "https:\/\/127\.0\.0\.1:1\/v2\/": dial tcp .*refused; Get "http:/,
      'retry',
    ],
  ]
  for (const [what, spec, said, next] of refused) {
    test(`of ${what} is not served`, async () => {
      await bench.push('apps/web', 'latest', { a: '1' })
      bench.login('wrong', { username: 'somebody', password: 'wr0ng-pass' })
      bench.secret('broken', { '.dockerconfigjson': '{"auths": s3cret' })
      bench.secret('proxy', { address: 'ftp://proxy' })
      const metadata = { name: 'lost' }
      const imagePullSecrets = [{ name: 'gone' }]
      bench.objects.set('ServiceAccount/lost', { apiVersion: 'v1', kind: 'ServiceAccount', metadata, imagePullSecrets })
      bench.apply('apps/web', spec)
      const { artifact } = await bench.run()
      assert.equal(artifact, undefined)
      const ready = bench.conditions().find(one => one.startsWith('Ready=False ')) ?? ''
      assert.match(ready.slice('Ready=False '.length), said)
      assert.equal(bench.last?.next.kind, next)
      const told = [...bench.conditions(), ...bench.takeEvents()].join('\n')
      assert.doesNotMatch(told, /wr0ng-pass|s3cret/)
    })
  }

  test('that is suspended is left alone', async () => {
    bench.apply('apps/web', { suspend: true })
    assert.equal((await bench.run()).conditions, undefined)
    assert.deepEqual(bench.last?.next, { kind: 'stalled' })
  })
})
