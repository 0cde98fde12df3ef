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
    const said = "values files merge error: failed to merge chart values: no values file found at path 'nope.yaml'"
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
      "InvalidChartReference: invalid chart reference: failed to get chart version for remote reference: no 'web' chart with version matching '7.x' found (nearest versions: 1.0.0)",
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
      'SourceUnavailable: failed to get source: HelmRepository.source.toolkit.fluxcd.io "gone" not found',
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
