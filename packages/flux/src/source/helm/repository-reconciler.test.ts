import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ChartBench } from '../testing/chart-bench.ts'

let bench: ChartBench
beforeEach(async () => {
  bench = await ChartBench.start()
})
afterEach(() => bench.close())

describe('a HelmRepository', () => {
  test('has its index as an artifact, two conditions and one event', async () => {
    await bench.server.publish('web', '1.0.0')
    bench.repository('charts')
    const status = await bench.runRepository()
    const { revision = '', path, url } = status.artifact ?? {}
    assert.match(revision, /^sha256:[0-9a-f]{64}$/)
    assert.equal(path, `helmrepository/apps/charts/index-${revision.slice('sha256:'.length)}.yaml`)
    assert.equal(url, `http://storage/${path}`)
    assert.equal(status.url, 'http://storage/helmrepository/apps/charts/index.yaml')
    const said = `stored artifact: revision '${revision}'`
    assert.deepEqual(bench.conditions('HelmRepository', 'charts'), [
      `Ready=True Succeeded: ${said} (1)`,
      `ArtifactInStorage=True Succeeded: ${said} (1)`,
    ])
    assert.deepEqual(bench.takeEvents(), [
      `info NewArtifact: stored fetched index of size ${status.artifact?.size}B from '${bench.server.url}'`,
    ])
    assert.deepEqual(bench.next, { kind: 'done', after: 600_000 })
  })

  test('tells nothing while the index is the same, and has another when it is not', async () => {
    await bench.server.publish('web', '1.0.0')
    bench.repository('charts')
    const first = await bench.runRepository()
    bench.takeEvents()
    assert.deepEqual(await bench.runRepository(), first)
    assert.deepEqual(bench.takeEvents(), [])
    await bench.server.publish('web', '1.1.0')
    const second = await bench.runRepository()
    assert.notEqual(second.artifact?.revision, first.artifact?.revision)
    assert.match(bench.takeEvents().join(), /^info NewArtifact: /)
  })

  test('that fails keeps its artifact; the way back is an event of recovery', async () => {
    await bench.server.publish('web', '1.0.0')
    bench.repository('charts')
    const { artifact } = await bench.runRepository()
    bench.takeEvents()
    bench.server.login = 'user:pass'
    const failed = await bench.runRepository()
    const said = `failed to fetch Helm repository index: failed to cache index to temporary file: failed to fetch ${bench.server.url}/index.yaml : 401 Unauthorized`
    assert.deepEqual(failed.artifact, artifact)
    assert.deepEqual(bench.conditions('HelmRepository', 'charts').slice(1, 3), [
      `Ready=False Failed: ${said} (1)`,
      `ArtifactInStorage=True Succeeded: stored artifact: revision '${artifact?.revision}' (1)`,
    ])
    assert.deepEqual(bench.takeEvents(), [`error Failed: ${said}`])
    assert.deepEqual(bench.next, { kind: 'retry' })
    bench.server.login = undefined
    await bench.runRepository()
    assert.deepEqual(bench.takeEvents(), [
      `info ArtifactUpToDate: artifact up-to-date with remote revision: '${artifact?.revision}'`,
      `info Succeeded: stored fetched index of size ${artifact?.size}B from '${bench.server.url}'`,
    ])
  })

  const secrets: [what: string, spec: object, secret: Record<string, string> | undefined, said: string][] = [
    [
      'that is missing',
      { secretRef: { name: 'login' } },
      undefined,
      'failed to get authentication secret \'apps/login\': secrets "login" not found',
    ],
    [
      'without a password',
      { secretRef: { name: 'login' } },
      { username: 'user' },
      "failed to detect authentication methods: secret 'apps/login': malformed basic auth - has 'username' but missing 'password'",
    ],
    [
      'of certificates that is missing',
      { certSecretRef: { name: 'login' } },
      undefined,
      'failed to get TLS authentication secret \'apps/login\': secrets "login" not found',
    ],
    [
      'of certificates that is empty',
      { certSecretRef: { name: 'login' } },
      {},
      "failed to construct Helm client's TLS config: secret 'apps/login' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'",
    ],
    [
      'of a certificate without its key',
      { certSecretRef: { name: 'login' } },
      { 'tls.crt': 'x' },
      "failed to construct Helm client's TLS config: secret 'apps/login' contains 'tls.crt' but missing 'tls.key'",
    ],
    [
      'of an authority that is none',
      { certSecretRef: { name: 'login' } },
      { 'ca.crt': 'x' },
      "failed to construct Helm client's TLS config: failed to parse CA certificate",
    ],
  ]
  for (const [what, spec, secret, said] of secrets) {
    test(`names a secret ${what}`, async () => {
      if (secret) bench.secret('login', secret)
      bench.repository('charts', spec)
      await bench.runRepository()
      assert.equal(bench.conditions('HelmRepository', 'charts')[1], `Ready=False AuthenticationFailed: ${said} (1)`)
    })
  }

  test('logs in with its secret, also when its charts are fetched', async () => {
    bench.server.login = 'user:pass'
    await bench.server.publish('web', '1.0.0')
    bench.secret('login', { username: 'user', password: 'pass' })
    bench.repository('charts', { secretRef: { name: 'login' } })
    assert.ok((await bench.runRepository()).artifact)
    bench.chart('c')
    assert.equal((await bench.run('c')).artifact?.revision, '1.0.0')
  })

  test('shows no password of its address', async () => {
    await bench.server.publish('web', '1.0.0')
    bench.repository('charts', { url: bench.server.url.replace('http://', 'http://user:secret@') })
    await bench.runRepository()
    bench.server.files.clear()
    await bench.runRepository()
    const told = [...bench.takeEvents(), ...bench.conditions('HelmRepository', 'charts')].join('\n')
    assert.match(told, /404 Not Found/)
    assert.doesNotMatch(told, /secret/)
  })

  test('of a registry is an address only; under the other type it stalls', async () => {
    bench.repository('charts', { url: 'oci://127.0.0.1/charts', type: 'oci' })
    assert.equal(bench.helmRepositories.wantsFinalizer(bench.helmRepository('charts')), false)
    assert.deepEqual(await bench.runRepository(), {})
    assert.deepEqual(bench.takeEvents(), [])
    bench.repository('charts', { url: 'oci://127.0.0.1/charts' })
    await bench.runRepository()
    assert.match(
      bench.conditions('HelmRepository', 'charts')[0] ?? '',
      /^Stalled=True URLInvalid: .*'oci' URL scheme cannot/,
    )
    assert.deepEqual(bench.next, { kind: 'stalled' })
  })

  test('that is suspended asks nobody', async () => {
    bench.repository('charts', { suspend: true })
    await bench.runRepository()
    assert.deepEqual(bench.server.takeAsked(), [])
  })
})
