import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ChartBench } from '../testing/chart-bench.ts'

let bench: ChartBench
beforeEach(async () => {
  bench = await ChartBench.start()
})
afterEach(() => bench.close())

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
      '{name: lib, version: 1.x, repository: "oci://127.0.0.1:1/x"}',
      /^failed to add remote dependency 'lib': failed to get chart 'lib' version '1\.x' from 'oci:\/\/127\.0\.0\.1:1\/x': could not fetch tags .*connection refused$/,
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
