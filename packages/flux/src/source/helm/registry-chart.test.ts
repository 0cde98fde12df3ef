/** HelmCharts of HelmRepositories of type `oci`, and of Git with dependencies in a registry. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { LOGIN, NO_REGISTRY, TestRegistry } from '@sluice/artifact/testing'
import { ChartBench } from '../testing/chart-bench.ts'

describe('a HelmChart of a registry', { skip: NO_REGISTRY }, () => {
  let bench: ChartBench
  let registry: TestRegistry

  const push = async (name: string, version: string): Promise<void> => {
    await bench.server.publish(name, version)
    const content = bench.server.files.get(`${name}-${version}.tgz`)
    if (!content) throw new Error('the chart was not packaged')
    await registry.push(`charts/${name}`, version.replace('+', '_'), {
      configType: 'application/vnd.cncf.helm.config.v1+json',
      layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content }],
    })
  }
  const dockerConfig = (host: string) => ({ '.dockerconfigjson': JSON.stringify({ auths: { [host]: LOGIN } }) })
  const charts = (spec = {}) => {
    const url = `oci://${registry.host}/charts`
    bench.repository('charts', { url, type: 'oci', insecure: true, secretRef: { name: 'login' }, ...spec })
  }

  before(async () => {
    registry = await TestRegistry.start({ login: true })
  })
  after(() => registry.close())
  beforeEach(async () => {
    bench = await ChartBench.start()
    bench.secret('login', LOGIN)
    charts()
    for (const version of ['1.0.0', '1.4.0+b.2', '2.0.0-rc.1']) await push('web', version)
  })
  afterEach(() => bench.close())

  const versions: [wanted: string, version: string][] = [
    ['1.0.0', '1.0.0'],
    ['1.x', '1.4.0+b.2'],
    ['*', '1.4.0+b.2'],
    ['>=1.0.0-0', '2.0.0-rc.1'],
    ['1.4.0+b.2', '1.4.0+b.2'],
  ]
  for (const [wanted, version] of versions) {
    test(`at ${wanted} is ${version}`, async () => {
      bench.chart('c', { version: wanted })
      const { artifact, observedSourceArtifactRevision } = await bench.run('c')
      assert.equal(artifact?.revision, version)
      assert.equal(observedSourceArtifactRevision, undefined)
      assert.deepEqual(bench.takeEvents(), [`info ChartPullSucceeded: pulled 'web' chart with version '${version}'`])
      assert.deepEqual(
        Buffer.from(await bench.store.bytes(artifact!)),
        Buffer.from(bench.server.files.get(`web-${version}.tgz`)!),
      )
    })
  }

  test('that is missing keeps what it has and names the nearest', async () => {
    bench.chart('c', { version: '1.0.0' })
    const { artifact } = await bench.run('c')
    bench.chart('c', { version: '1.0.7' })
    assert.deepEqual((await bench.run('c')).artifact, artifact)
    const at = `${registry.host}/charts/web:1.0.7`
    assert.equal(
      bench.conditions('HelmChart', 'c')[1],
      `Ready=False ChartPullError: chart pull error: failed to download chart for remote reference: failed to get 'oci://${at}': failed to perform "FetchReference" on source: ${at}: not found (nearest versions: 1.0.0, 1.4.0+b.2) (2)`,
    )
    assert.deepEqual(bench.next, { kind: 'retry' })
    bench.chart('c', { version: '7.x' })
    await bench.run('c')
    assert.match(
      bench.conditions('HelmChart', 'c')[1] ?? '',
      /ChartPullError: chart pull error: failed to get chart version for remote reference: could not locate a version matching provided version string 7\.x \(nearest/,
    )
  })

  test('is looked at again when the address or the login changes', async () => {
    bench.chart('c', { version: '1.0.0' })
    await bench.run('c')
    bench.woken.length = 0
    charts({ secretRef: { name: 'other' } })
    assert.deepEqual(bench.woken, ['c'])
  })

  test('has values merged into it', async () => {
    bench.chart('c', { version: '1.0.0', valuesFiles: ['values.yaml', 'nope.yaml'], ignoreMissingValuesFiles: true })
    const { artifact } = await bench.run('c')
    assert.equal(artifact?.revision, '1.0.0+1')
    await bench.run('c')
    assert.equal(bench.events.filter(({ reason }) => reason === 'ChartPackageSucceeded').length, 1)
  })

  test('may have its login in a Docker configuration', async () => {
    bench.secret('docker', dockerConfig(registry.host))
    charts({ secretRef: { name: 'docker' } })
    bench.chart('c', { version: '1.x' })
    assert.equal((await bench.run('c')).artifact?.revision, '1.4.0+b.2')
  })

  const refused: [what: string, spec: object, said: RegExp][] = [
    [
      'without the login',
      { secretRef: undefined },
      /unknown build error: failed to authenticate with the Helm repository: chart pull error: failed to get chart version .*UNAUTHORIZED/i,
    ],
    [
      'with a login for another registry',
      { secretRef: { name: 'other' } },
      /unknown build error: no auth config for '127\.0\.0\.1:\d+' in the docker-registry Secret 'other'/,
    ],
    [
      'with the login of a cloud',
      { secretRef: undefined, provider: 'azure' },
      /unknown build error: failed to get credential from 'azure': this provider is not available/,
    ],
    [
      'over HTTPS that is none',
      { insecure: false },
      /failed to get chart version for remote reference: could not fetch tags .*server gave HTTP response to HTTPS client/,
    ],
  ]
  for (const [what, spec, said] of refused) {
    test(`${what} is not had`, async () => {
      bench.secret('other', dockerConfig('registry.invalid'))
      charts(spec)
      bench.chart('c', { version: '1.x' })
      assert.equal((await bench.run('c')).artifact, undefined)
      assert.match(bench.conditions('HelmChart', 'c').find(one => one.startsWith('Ready')) ?? '', said)
    })
  }

  test('whose signature is to be checked is refused', async () => {
    bench.chart('c', { version: '1.0.0', verify: { provider: 'cosign' } })
    assert.equal((await bench.run('c')).artifact, undefined)
    assert.match(
      bench.conditions('HelmChart', 'c').join('\n'),
      /SourceVerified=False VerificationError: chart verification error: this controller cannot check signatures yet/,
    )
  })

  test('may be a dependency of one of Git', async () => {
    const url = `oci://${registry.host}/charts`
    const dependencies = `dependencies:\n- {name: web, version: 1.x, repository: "${url}"}\n`
    await bench.git('app', '1', { 'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 1.0.0\n${dependencies}` })
    bench.chart('c', { sourceRef: { kind: 'GitRepository', name: 'app' }, chart: 'app' })
    await bench.run('c')
    assert.match(bench.conditions('HelmChart', 'c')[0] ?? '', /^Ready=True ChartPackageSucceeded/)
    assert.match((await bench.files('c'))['charts/web/Chart.yaml'] ?? '', /version: 1\.4\.0\+b\.2/)
  })
})
