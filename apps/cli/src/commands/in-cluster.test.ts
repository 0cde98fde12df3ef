/** The commands that look into a cluster, against a real API server; a few lines stand in for the controllers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { allCrds, type KubeObject } from '@sluice/api'
import { type DevCluster, startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, healthOf, Informer, KubeClient } from '@sluice/kube'
import { waitForObject } from '../cluster/wait-for-object.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const sha = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'
const namespace = 'demo'
const git = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }
const ks = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }

const hr = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' }
const repository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository' }
const chart = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' }

const ready = (status: 'True' | 'False', message: string) => ({
  type: 'Ready',
  status,
  reason: status === 'True' ? 'Succeeded' : 'Failed',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

const snapshot = {
  digest: 'sha256:0',
  name: 'shop',
  namespace: 'demo',
  version: 2,
  status: 'deployed',
  chartName: 'shop',
  chartVersion: '1.2.3',
  configDigest: 'sha256:0',
  firstDeployed: '2026-01-01T00:00:00Z',
  lastDeployed: '2026-01-01T00:00:00Z',
}

/** Made and served: a client that comes later discovers them. */
async function installDefinitions(kubeconfig: string): Promise<void> {
  const client = new KubeClient(accessFromKubeconfig(kubeconfig))
  for (const definition of allCrds()) {
    const made = await client.create(definition)
    await waitForObject(
      client,
      { ...made, name: made.metadata.name },
      object => healthOf(object).status === 'Current',
      30_000,
    )
  }
  await client.transport.close()
}

describe('commands in a cluster', () => {
  let folder: string
  let cluster: DevCluster | undefined
  let client: KubeClient
  const controllers: Informer[] = []

  const sluice = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise(resolve => {
      const all = [main, ...args, '--kubeconfig', join(folder, 'kubeconfig'), '-n', namespace]
      execFile(process.execPath, all, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
      })
    })

  async function make(object: KubeObject, status: Record<string, unknown>): Promise<void> {
    const made = await client.create({ ...object, metadata: { ...object.metadata, namespace } })
    await client.update({ ...made, status }, { subresource: 'status' })
  }

  /** Answers each request and each change as a controller does: handled, ready unless the name says otherwise. */
  async function answer(object: KubeObject): Promise<void> {
    const requested = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
    const status: { lastHandledReconcileAt?: string; observedGeneration?: number } = { ...(object.status ?? {}) }
    const { generation } = object.metadata
    if (!requested || (status.lastHandledReconcileAt === requested && status.observedGeneration === generation)) return
    const condition = object.metadata.name === 'broken' ? ready('False', 'no such path') : ready('True', 'Applied')
    const next = {
      ...status,
      lastHandledReconcileAt: requested,
      observedGeneration: generation,
      conditions: [condition],
    }
    await client.patch({ ...object, ...object.metadata }, { status: next }, 'merge', { subresource: 'status' })
  }

  /** A HelmRelease `shop`, its HelmChart and its HelmRepository, and a Kustomization that applied it in an older version. */
  async function makeRelease(): Promise<void> {
    const done = { observedGeneration: 1, conditions: [ready('True', 'done')] }
    await make(
      { ...repository, metadata: { name: 'charts' }, spec: { url: 'http://charts.test', interval: '1m' } },
      done,
    )
    const sourceRef = { kind: 'HelmRepository', name: 'charts' }
    await make({ ...chart, metadata: { name: 'demo-shop' }, spec: { chart: 'shop', sourceRef, interval: '1m' } }, done)
    await make(
      { ...hr, metadata: { name: 'shop' }, spec: { interval: '1m', chart: { spec: { chart: 'shop', sourceRef } } } },
      {
        ...done,
        helmChart: 'demo/demo-shop',
        inventory: { entries: [{ id: 'demo_shop_apps_Deployment', v: 'v1' }] },
        history: [snapshot],
      },
    )
    await make(
      {
        ...ks,
        metadata: { name: 'releases' },
        spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } },
      },
      { ...done, inventory: { entries: [{ id: 'demo_shop_helm.toolkit.fluxcd.io_HelmRelease', v: 'v2beta1' }] } },
    )
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-commands-'))
    cluster = await startDevCluster({ dataDir: join(folder, 'cluster') })
    writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig)
    await installDefinitions(cluster.kubeconfig)
    client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const revision = `main@sha1:${sha}`
    await make(
      {
        ...git,
        metadata: { name: 'app' },
        spec: { url: 'http://git.test/app.git', interval: '1m', ref: { branch: 'main' } },
      },
      {
        observedGeneration: 1,
        artifact: {
          revision,
          digest: `sha256:${'0'.repeat(64)}`,
          path: 'p',
          url: 'http://a/p',
          lastUpdateTime: '2026-01-01T00:00:00Z',
        },
        conditions: [ready('True', `stored artifact for revision '${revision}'`)],
      },
    )
    const spec = { interval: '1m', path: './', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } }
    await make(
      { ...ks, metadata: { name: 'app' }, spec },
      {
        observedGeneration: 1,
        lastAppliedRevision: revision,
        inventory: {
          entries: [
            { id: 'demo_web__Service', v: 'v1' },
            { id: 'demo_web_apps_Deployment', v: 'v1' },
          ],
        },
        conditions: [ready('True', `Applied revision: ${revision}`)],
      },
    )
    await make(
      { ...ks, metadata: { name: 'broken' }, spec },
      { observedGeneration: 1, conditions: [ready('False', 'no such path\nat all')] },
    )
    await makeRelease()
    for (const kind of [ks, hr, repository, chart]) {
      const controller = new Informer(client, kind, { keep: object => object })
      controller.onChange(({ type, object }) => {
        if (type !== 'deleted') answer(object).catch(error => assert.fail(error))
      })
      controllers.push(controller)
      await controller.start().synced
    }
  })
  after(async () => {
    for (const controller of controllers) await controller.close()
    await client?.transport.close()
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('get shows what is there, digests short, messages on one line', async () => {
    const { code, stdout } = await sluice('get', 'all')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^gitrepository\/app\tmain@sha1:c0ffee00\tFalse +\tTrue +\tstored artifact for revision 'main@sha1:c0ffee00'$/m,
    )
    assert.match(stdout, /^kustomization\/broken +\t +\tFalse +\tFalse\tno such path at all +$/m)
  })

  test('get selects by name, namespace and status', async () => {
    const failing = await sluice('get', 'kustomizations', '--status-selector', 'ready=false', '--no-header')
    assert.equal(failing.stdout.trim().split('\n').length, 1)
    assert.match(failing.stdout, /^broken\t/)
    const everywhere = await sluice('get', 'sources', 'git', '-A')
    assert.match(everywhere.stdout, /^demo +\tapp /m)
    const missing = await sluice('get', 'ks', 'nope')
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /Kustomization object 'nope' not found in "demo" namespace/)
  })

  test('get prints documents for programs', async () => {
    const { stdout } = await sluice('get', 'ks', '-o', 'json')
    const document: { items: KubeObject[] } = JSON.parse(stdout)
    assert.deepEqual(
      document.items.map(({ metadata }) => metadata.name),
      ['app', 'broken', 'releases'],
    )
  })

  test('reconcile waits for the answer and says the revision', async () => {
    const { code, stderr } = await sluice('reconcile', 'kustomization', 'app')
    assert.equal(code, 0, stderr)
    assert.match(stderr, /✔ applied revision main@sha1:c0ffee00/)
  })

  test('reconcile fails with the message of the condition, and in time when nobody answers', async () => {
    const failed = await sluice('reconcile', 'kustomization', 'broken')
    assert.equal(failed.code, 1)
    assert.match(failed.stderr, /✗ Kustomization reconciliation failed: no such path/)
    const unanswered = await sluice('reconcile', 'source', 'git', 'app', '--timeout', '300ms')
    assert.equal(unanswered.code, 1)
    assert.match(unanswered.stderr, /✗ GitRepository\/demo\/app was not reconciled within 0\.3 s/)
  })

  test('suspend and resume switch the object, and a suspended one is not reconciled', async () => {
    assert.equal((await sluice('suspend', 'kustomization', 'app')).code, 0)
    const suspended = await client.get({ ...ks, namespace, name: 'app' })
    assert.equal(JSON.stringify(suspended.spec).includes('"suspend":true'), true)
    const refused = await sluice('reconcile', 'kustomization', 'app')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /resource is suspended/)
    const resumed = await sluice('resume', 'kustomization', 'app')
    assert.equal(resumed.code, 0, resumed.stderr)
    assert.match(resumed.stderr, /✔ Kustomization app reconciliation completed/)
  })

  test('tree shows the inventory', async () => {
    const { stdout } = await sluice('tree', 'kustomization', 'app')
    assert.equal(stdout, 'Kustomization/demo/app\n├── Service/demo/web\n└── Deployment/demo/web\n\n')
  })

  test('get shows releases with the version of their chart, and charts and repositories among the sources', async () => {
    const { stdout } = await sluice('get', 'hr', '--show-source')
    assert.match(stdout, /^shop\tHelmRepository\/demo\/charts\t1\.2\.3 +\tFalse +\tTrue +\tdone +$/m)
    assert.match((await sluice('get', 'sources', 'chart')).stdout, /^demo-shop\t/m)
    const all = await sluice('get', 'all')
    for (const one of ['helmrepository/charts', 'helmchart/demo-shop', 'helmrelease/shop'])
      assert.ok(all.stdout.includes(one))
  })

  test('reconcile asks repository, chart and release in turn, and carries what is asked of a release', async () => {
    const { code, stderr } = await sluice('reconcile', 'helmrelease', 'shop', '--with-source', '--force', '--reset')
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      [...stderr.matchAll(/annotating (\w+) (\S+)/g)].map(([, kind, name]) => `${kind}/${name}`),
      ['HelmRepository/charts', 'HelmChart/demo-shop', 'HelmRelease/shop'],
    )
    assert.match(stderr, /✔ applied revision 1\.2\.3/)
    const { metadata } = await client.get({ ...hr, namespace, name: 'shop' })
    const asked = (name: string) => metadata.annotations?.[`reconcile.fluxcd.io/${name}`]
    assert.ok(asked('requestedAt'))
    assert.deepEqual([asked('forceAt'), asked('resetAt')], [asked('requestedAt'), asked('requestedAt')])
    const chartFirst = await sluice('reconcile', 'source', 'chart', 'demo-shop', '--with-source')
    assert.match(chartFirst.stderr, /HelmRepository charts[\s\S]*HelmChart demo-shop/)
  })

  test('tree shows what a release made, whatever version it was applied in', async () => {
    const { stdout } = await sluice('tree', 'ks', 'releases')
    assert.equal(stdout, 'Kustomization/demo/releases\n└── HelmRelease/demo/shop\n    └── Deployment/demo/shop\n\n')
    assert.equal(
      (await sluice('tree', 'ks', 'releases', '--compact')).stdout,
      'Kustomization/demo/releases\n└── HelmRelease/demo/shop\n\n',
    )
    assert.equal((await sluice('tree', 'hr', 'shop')).stdout, 'HelmRelease/demo/shop\n└── Deployment/demo/shop\n\n')
  })

  test('a name that is left out is a usage error', async () => {
    for (const words of [
      ['reconcile', 'ks'],
      ['suspend', 'source', 'git'],
      ['tree', 'ks'],
    ]) {
      const { code, stderr } = await sluice(...words)
      assert.equal(code, 2)
      assert.match(stderr, /name is required/)
    }
  })
})
