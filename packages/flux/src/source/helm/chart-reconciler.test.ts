import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ChartBench } from '../testing/chart-bench.ts'

let bench: ChartBench
beforeEach(async () => {
  bench = await ChartBench.start()
})
afterEach(() => bench.close())

const values = (name: string, text: string) => ({ [name]: text })

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
    assert.deepEqual(await bench.runRepository(), { observedGeneration: -1 })
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

describe('a HelmChart of a HelmRepository', () => {
  beforeEach(async () => {
    await bench.server.publish('web', '1.0.0', { 'prod.yaml': 'a: 2\nb: {c: 1}\n', 'more.yaml': 'b: {d: [1]}\n' })
    bench.repository('charts')
    await bench.runRepository()
    bench.takeEvents()
    bench.server.takeAsked()
  })

  test('is stored as it was published', async () => {
    bench.chart('c')
    const status = await bench.run('c')
    assert.deepEqual(
      Buffer.from(await bench.store.bytes(status.artifact!)),
      Buffer.from(bench.server.files.get('web-1.0.0.tgz')!),
    )
    assert.equal(status.artifact?.path, 'helmchart/apps/c/web-1.0.0.tgz')
    assert.equal(status.url, 'http://storage/helmchart/apps/c/latest.tar.gz')
    assert.equal(status.observedChartName, 'web')
    assert.deepEqual(bench.takeEvents(), ["info ChartPullSucceeded: pulled 'web' chart with version '1.0.0'"])
  })

  test('costs no request while nothing changes', async () => {
    bench.repository('charts', { secretRef: { name: 'login' } })
    bench.secret('login', { username: 'user', password: 'pass' })
    bench.chart('c')
    const first = await bench.run('c')
    assert.deepEqual(bench.read.splice(0), ['Secret/login'])
    assert.deepEqual(bench.server.takeAsked(), ['web-1.0.0.tgz'])
    assert.deepEqual(await bench.run('c'), first)
    assert.deepEqual([bench.read, bench.server.takeAsked()], [[], []])
    bench.takeEvents()
    bench.request('HelmChart', 'c', 'now')
    await bench.run('c')
    assert.deepEqual(bench.takeEvents(), ["info ArtifactUpToDate: artifact up-to-date with remote revision: '1.0.0'"])
  })

  test('is downloaded once for many objects', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `c${index}`)
    for (const name of names) bench.chart(name)
    const statuses = await Promise.all(names.map(name => bench.run(name)))
    assert.equal(new Set(statuses.map(({ artifact }) => artifact?.digest)).size, 1)
    assert.deepEqual(bench.server.takeAsked(), ['web-1.0.0.tgz'])
  })

  test('wakes when the index changes, and only those who have not seen it', async () => {
    bench.chart('c')
    await bench.run('c')
    bench.chart('other', { sourceRef: { kind: 'HelmRepository', name: 'others' } })
    await bench.server.publish('web', '1.1.0')
    await bench.runRepository()
    assert.deepEqual(bench.woken.splice(0), ['c'])
    assert.equal((await bench.run('c')).artifact?.revision, '1.1.0')
    await bench.runRepository()
    assert.deepEqual(bench.woken, [])
  })

  test('with values files is packaged with a version of its own', async () => {
    bench.chart('c', { valuesFiles: ['values.yaml', './prod.yaml', 'more.yaml'] })
    const status = await bench.run('c')
    assert.equal(status.artifact?.revision, '1.0.0+1')
    assert.equal(status.artifact?.path, 'helmchart/apps/c/web-1.0.0+1.tgz')
    const files = await bench.files('c')
    assert.equal(files['values.yaml'], 'a: 2\nb:\n  c: 1\n  d:\n  - 1\n')
    assert.match(files['Chart.yaml'] ?? '', /^version: 1\.0\.0\+1$/m)
    assert.deepEqual(bench.takeEvents(), [
      "info ChartPackageSucceeded: packaged 'web' chart with version '1.0.0+1' and merged values files [values.yaml ./prod.yaml more.yaml]",
    ])
    assert.deepEqual(await bench.run('c'), status)
    bench.chart('c', { valuesFiles: ['values.yaml'] })
    assert.equal((await bench.run('c')).artifact?.revision, '1.0.0')
  })

  test('without one of its values files stalls, unless that may be missing', async () => {
    bench.chart('c', { valuesFiles: ['prod.yaml', 'nope.yaml'] })
    await bench.run('c')
    const said = "values files merge error: no values file found at path 'nope.yaml'"
    assert.deepEqual(bench.conditions('HelmChart', 'c'), [
      `Stalled=True ValuesFilesError: ${said} (1)`,
      `Ready=False ValuesFilesError: ${said} (1)`,
      `BuildFailed=True ValuesFilesError: ${said} (1)`,
    ])
    bench.chart('c', { valuesFiles: ['prod.yaml', 'nope.yaml'], ignoreMissingValuesFiles: true })
    assert.deepEqual((await bench.run('c')).observedValuesFiles, ['prod.yaml'])
    assert.deepEqual((await bench.run('c')).observedValuesFiles, ['prod.yaml'])
  })

  test('that disappeared from storage, or was damaged there, is made again', async () => {
    bench.chart('c')
    const { artifact } = await bench.run('c')
    await rm(join(bench.store.root, artifact!.path))
    assert.equal((await bench.run('c')).artifact?.digest, artifact?.digest)
    await writeFile(join(bench.store.root, artifact!.path), 'damaged')
    bench.takeEvents()
    assert.equal((await bench.run('c')).artifact?.digest, artifact?.digest)
    assert.match(bench.takeEvents()[0] ?? '', /^error ArtifactVerificationFailed: /)
    await bench.store.verify(artifact!)
  })

  test('published again under the same version stays as it is until the object changes', async () => {
    bench.chart('c')
    const first = await bench.run('c')
    await bench.server.publish('web', '1.0.0', values('values.yaml', 'a: 9\n'), { created: '2026-02-01T00:00:00Z' })
    await bench.runRepository()
    assert.equal((await bench.run('c')).artifact?.digest, first.artifact?.digest)
    bench.chart('c', { interval: '1h' })
    assert.notEqual((await bench.run('c')).artifact?.digest, first.artifact?.digest)
  })

  const refused: [what: string, spec: object, ready: string][] = [
    [
      'nobody has',
      { chart: 'nope' },
      'InvalidChartReference: invalid chart reference: failed to get chart version for remote reference: no chart name found',
    ],
    [
      'of no such version',
      { version: '7.x' },
      "InvalidChartReference: invalid chart reference: failed to get chart version for remote reference: no 'web' chart with version matching '7.x' found",
    ],
    [
      'of a bad name',
      { chart: 'web//x' },
      "InvalidChartReference: invalid chart reference: invalid chart name 'web//x': a valid name must be lower case letters and numbers and MAY be separated with dashes (-), slashes (/) or periods (.)",
    ],
    ['to verify', { verify: { provider: 'cosign' } }, 'VerificationError: chart verification error: not implemented'],
    [
      'of a source that is not there',
      { sourceRef: { kind: 'HelmRepository', name: 'gone' } },
      'SourceUnavailable: failed to get source: helmrepositories.source.toolkit.fluxcd.io "gone" not found',
    ],
    [
      'of a bucket',
      { sourceRef: { kind: 'Bucket', name: 'b' } },
      'UnsupportedSourceKind: failed to get source: charts of a Bucket are not supported by this controller; use a HelmRepository or a GitRepository',
    ],
  ]
  for (const [what, spec, ready] of refused) {
    test(`${what} is refused`, async () => {
      bench.chart('c', spec)
      await bench.run('c')
      const conditions = bench.conditions('HelmChart', 'c')
      assert.ok(conditions.includes(`Ready=False ${ready} (1)`), conditions.join('\n'))
    })
  }

  test('of a registry says that this is not supported', async () => {
    bench.repository('registry', { url: 'oci://127.0.0.1/charts', type: 'oci' })
    bench.chart('c', { sourceRef: { kind: 'HelmRepository', name: 'registry' } })
    await bench.run('c')
    assert.match(
      bench.conditions('HelmChart', 'c')[0] ?? '',
      /^Stalled=True UnsupportedSourceKind: charts of a registry/,
    )
  })

  test('waits for a repository without an artifact', async () => {
    bench.repository('empty')
    bench.chart('c', { sourceRef: { kind: 'HelmRepository', name: 'empty' } })
    await bench.run('c')
    assert.equal(
      bench.conditions('HelmChart', 'c')[1],
      "Ready=False NoSourceArtifact: no artifact available for HelmRepository source 'empty' (1)",
    )
    assert.deepEqual(bench.next, { kind: 'wait', after: 30_000 })
    await bench.runRepository('empty')
    assert.deepEqual(bench.woken, ['c'])
  })

  test('wakes when a lost index is stored again', async () => {
    bench.chart('c')
    bench.chart('late')
    await bench.run('c')
    const { artifact } = await bench.runRepository()
    await rm(join(bench.store.root, artifact!.path))
    await bench.run('late')
    assert.match(bench.conditions('HelmChart', 'late')[1] ?? '', /NoSourceArtifact/)
    // Times are in whole seconds: this one was stored long ago.
    Object.assign(bench.helmRepository('charts').status?.artifact ?? {}, { lastUpdateTime: '2026-01-01T00:00:00Z' })
    assert.equal((await bench.runRepository()).artifact?.revision, artifact?.revision)
    assert.deepEqual(bench.woken, ['late'])
  })

  test('whose download fails says where; a refused login is told as one', async () => {
    bench.server.files.delete('web-1.0.0.tgz')
    bench.chart('c')
    await bench.run('c')
    const failed = `chart pull error: failed to download chart for remote reference: failed to fetch ${bench.server.url}/web-1.0.0.tgz : `
    assert.ok(
      bench.conditions('HelmChart', 'c').includes(`FetchFailed=True ChartPullError: ${failed}404 Not Found (1)`),
    )
    bench.server.login = 'user:pass'
    bench.takeEvents()
    await bench.run('c')
    const said = `failed to authenticate with the Helm repository: ${failed}401 Unauthorized`
    assert.ok(bench.conditions('HelmChart', 'c').includes(`FetchFailed=True Unknown: unknown build error: ${said} (1)`))
    assert.deepEqual(bench.takeEvents(), [`error AuthenticationFailed: ${said}`])
  })

  test('that is no chart is refused', async () => {
    bench.server.files.set('web-1.0.0.tgz', Buffer.from('<html>'))
    bench.chart('c')
    await bench.run('c')
    assert.match(bench.conditions('HelmChart', 'c')[1] ?? '', /^Ready=False ChartPullError: chart pull error: /)
  })

  test('whose archive is hostile is refused', async () => {
    await bench.server.publish('web', '2.0.0', { '../../escape': 'x' })
    await bench.runRepository()
    bench.chart('c')
    await bench.run('c')
    assert.match(bench.conditions('HelmChart', 'c')[1] ?? '', /ChartPullError: .*illegally references parent directory/)
  })

  test('deleted takes its artifacts along', async () => {
    bench.chart('c')
    const { artifact } = await bench.run('c')
    assert.equal((await bench.finalize('c')).released, true)
    assert.equal(await bench.store.exists(artifact!), false)
  })
})

describe('a HelmChart of a GitRepository', () => {
  const chart = (folder: string, name: string, version: string, more = '') => ({
    [`${folder}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`,
    [`${folder}/values.yaml`]: 'a: 1\n',
    [`${folder}/templates/a.yaml`]: 'kind: A\n',
  })
  const fromGit = { sourceRef: { kind: 'GitRepository', name: 'app' } } as const

  test('is packaged, ignored files left out, and made again only for a new version', async () => {
    const files = {
      ...chart('charts/web', 'web', '1.0.0'),
      'charts/web/.helmignore': '*.md\n',
      'charts/web/README.md': 'x',
    }
    await bench.git('app', '1', files)
    bench.chart('c', { ...fromGit, chart: './charts/web' })
    const first = await bench.run('c')
    assert.equal(first.artifact?.revision, '1.0.0')
    assert.equal(first.observedSourceArtifactRevision, `main@sha1:${'1'.repeat(40)}`)
    assert.deepEqual(Object.keys(await bench.files('c')), [
      'Chart.yaml',
      'values.yaml',
      'templates/a.yaml',
      '.helmignore',
    ])
    await bench.git('app', '2', { ...files, 'charts/web/templates/b.yaml': 'kind: B\n' })
    assert.deepEqual(bench.woken, ['c'])
    assert.equal((await bench.run('c')).artifact?.digest, first.artifact?.digest)
    await bench.git('app', '3', { ...files, ...chart('charts/web', 'web', '1.1.0') })
    assert.equal((await bench.run('c')).artifact?.revision, '1.1.0')
  })

  test('by revision has the commit in its version', async () => {
    await bench.git('app', '1', { ...chart('web', 'web', '1.0.0'), 'prod.yaml': 'a: 2\n' })
    bench.chart('c', { ...fromGit, chart: 'web', reconcileStrategy: 'Revision' })
    assert.equal((await bench.run('c')).artifact?.revision, `1.0.0+${'1'.repeat(12)}`)
    bench.chart('c', {
      ...fromGit,
      chart: 'web',
      reconcileStrategy: 'Revision',
      valuesFiles: ['web/values.yaml', 'prod.yaml'],
    })
    assert.equal((await bench.run('c')).artifact?.revision, `1.0.0+${'1'.repeat(12)}.2`)
    assert.equal((await bench.files('c'))['values.yaml'], 'a: 2\n')
  })

  test('has the charts it depends on, from folders, repositories and the lock', async () => {
    await bench.server.publish('db', '0.3.0')
    await bench.server.publish('db', '0.4.0')
    bench.server.login = 'user:pass'
    bench.secret('login', { username: 'user', password: 'pass' })
    bench.repository('private', { url: `${bench.server.url}/`, secretRef: { name: 'login' } })
    const dependencies = `dependencies:
- {name: lib, version: 0.x, repository: "file://../lib", alias: other}
- {name: db, version: ">=0.3.0", repository: "${bench.server.url}"}
- {name: own, version: 1.x}
`
    const lock = `dependencies:\n- {name: lib, version: 0.1.0, repository: "file://../lib"}\n- {name: db, version: 0.3.0, repository: "${bench.server.url}"}\ndigest: sha256:x\ngenerated: "2026-01-01T00:00:00Z"\n`
    const files = {
      ...chart('web', 'web', '1.0.0', dependencies),
      ...chart('lib', 'lib', '0.1.0'),
      ...chart('web/charts/own', 'own', '1.0.0'),
    }
    await bench.git('app', '1', files)
    bench.chart('c', { ...fromGit, chart: 'web' })
    await bench.run('c')
    assert.deepEqual(bench.takeEvents(), [
      'info ResolvedDependencies: resolved 2 chart dependencies',
      "info ChartPackageSucceeded: packaged 'web' chart with version '1.0.0'",
    ])
    const versionOf = async (name: string) =>
      /^version: (.*)$/m.exec((await bench.files('c'))[`charts/${name}/Chart.yaml`] ?? '')?.[1]
    assert.deepEqual(
      [await versionOf('other'), await versionOf('db'), await versionOf('own')],
      ['0.1.0', '0.4.0', '1.0.0'],
    )
    await bench.git('app', '2', { ...files, 'web/Chart.lock': lock })
    bench.chart('c', { ...fromGit, chart: 'web', interval: '1h' })
    await bench.run('c')
    assert.equal(await versionOf('db'), '0.3.0')
    assert.match((await bench.files('c'))['Chart.lock'] ?? '', /^digest: sha256:x$/m)
  })

  const failures: [what: string, dependency: string, said: RegExp][] = [
    [
      'that is not there',
      '{name: lib, version: 1.x, repository: "file://../nope"}',
      /^failed to add local dependency 'lib': no chart found at '\/nope' \(reference 'file:\/\/\.\.\/nope'\)$/,
    ],
    [
      'of another version',
      '{name: lib, version: 1.x, repository: "file://../lib"}',
      /^failed to add local dependency 'lib': can't get a valid version for constraint '1\.x'$/,
    ],
    [
      'by alias',
      '{name: lib, version: 1.x, repository: "@mine"}',
      /^failed to add remote dependency 'lib': aliased repository dependency is not supported: @mine\/$/,
    ],
    [
      'at no address',
      '{name: lib, version: 1.x, repository: "mine"}',
      /^failed to add remote dependency 'lib': invalid dependency repository URL: mine\/$/,
    ],
    [
      'of a dead repository',
      '{name: lib, version: 1.x, repository: "http://127.0.0.1:1"}',
      /^failed to add remote dependency 'lib': failed to get chart 'lib' version '1\.x' from 'http:\/\/127\.0\.0\.1:1': failed to cache index: .*connection refused$/,
    ],
    [
      'of a registry',
      '{name: lib, version: 1.x, repository: "oci://127.0.0.1/x"}',
      /^failed to add remote dependency 'lib': failed to get chart repository for URL 'oci:\/\/127\.0\.0\.1\/x': charts of a registry/,
    ],
  ]
  for (const [what, dependency, said] of failures) {
    test(`with a dependency ${what} fails and is tried again`, async () => {
      await bench.git('app', '1', {
        ...chart('web', 'web', '1.0.0', `dependencies:\n- ${dependency}\n`),
        ...chart('lib', 'lib', '0.1.0'),
      })
      bench.chart('c', { ...fromGit, chart: 'web' })
      await bench.run('c')
      const ready = bench.conditions('HelmChart', 'c')[1] ?? ''
      const message = /^Ready=False DependencyBuildError: dependency build error: (.*) \(1\)$/.exec(ready)?.[1]
      assert.match(message ?? ready, said)
      assert.deepEqual(bench.next, { kind: 'retry' })
    })
  }

  test('that is an archive is stored as it is, and packaged when values are merged', async () => {
    await bench.server.publish('web', '1.0.0')
    const archive = bench.server.files.get('web-1.0.0.tgz')!
    await bench.git('app', '1', { 'web-1.0.0.tgz': archive, 'prod.yaml': 'a: 2\n' })
    bench.chart('c', { ...fromGit, chart: 'web-1.0.0.tgz' })
    const status = await bench.run('c')
    assert.deepEqual(Buffer.from(await bench.store.bytes(status.artifact!)), Buffer.from(archive))
    assert.match(bench.conditions('HelmChart', 'c')[0] ?? '', /^Ready=True ChartPullSucceeded: /)
    bench.chart('c', { ...fromGit, chart: 'web-1.0.0.tgz', valuesFiles: ['prod.yaml'] })
    assert.equal((await bench.run('c')).artifact?.revision, '1.0.0+2')
    assert.equal((await bench.files('c'))['values.yaml'], 'a: 2\n')
  })

  test('cannot leave its source', async () => {
    await bench.git('app', '1', { ...chart('web', 'web', '1.0.0'), 'secret.yaml': 'a: 3\n' })
    bench.chart('c', { ...fromGit, chart: '../../../web', valuesFiles: ['../../secret.yaml'] })
    assert.equal((await bench.run('c')).artifact?.revision, '1.0.0+1')
    bench.chart('c', { ...fromGit, chart: '/web' })
    await bench.run('c')
    assert.match(
      bench.conditions('HelmChart', 'c')[0] ?? '',
      /^Stalled=True InvalidChartReference: .*expected to be relative/,
    )
  })

  test('is the same archive for the same content', async () => {
    const files = chart('web', 'web', '1.0.0')
    await bench.git('app', '1', files)
    bench.chart('a', { ...fromGit, chart: 'web' })
    bench.chart('b', { ...fromGit, chart: 'web' })
    assert.equal((await bench.run('a')).artifact?.digest, (await bench.run('b')).artifact?.digest)
  })
})
