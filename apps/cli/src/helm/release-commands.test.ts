/** `sluice values helmrelease` and `sluice diff helmrelease`, as a person runs them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crd, helmRelease, type KubeObject } from '@sluice/api'
import { type DevCluster, startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, healthOf, KubeClient } from '@sluice/kube'
import { waitForObject } from '../cluster/wait-for-object.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { 'values.yaml': 'color: red\nsize: 1\n' },
}
const login = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password: 'sesame' } }
const release = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'web' },
  spec: {
    interval: '1m',
    chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
    valuesFrom: [
      { kind: 'ConfigMap', name: 'settings' },
      { kind: 'Secret', name: 'login', valuesKey: 'password', targetPath: 'login.password' },
    ],
    values: { size: 2 },
  },
}
const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'templates/all.yaml': [
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}',
    'data:\n  color: {{ .Values.color }}\n  size: {{ .Values.size | quote }}',
    '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}',
    'stringData:\n  password: {{ .Values.login.password }}\n',
  ].join('\n'),
}

describe('values and differences of a release', () => {
  let folder: string
  let cluster: DevCluster
  let client: KubeClient

  const sluice = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise(resolve => {
      execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
      })
    })
  const inCluster = () => ['--kubeconfig', join(folder, 'kubeconfig'), '-n', 'default']
  const file = (name: string) => join(folder, name)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-release-'))
    cluster = await startDevCluster({ dataDir: file('cluster'), node: false })
    writeFileSync(file('kubeconfig'), cluster.kubeconfig)
    const administrator = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    const made = await administrator.create(crd(helmRelease))
    const isServed = (object: KubeObject) => healthOf(object).status === 'Current'
    await waitForObject(administrator, { ...made, name: made.metadata.name }, isServed, 30_000)
    await administrator.transport.close()
    client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    for (const object of [settings, login, release]) {
      await client.create({ ...object, metadata: { ...object.metadata, namespace: 'default' } })
    }
    for (const [path, text] of Object.entries(chart)) {
      mkdirSync(join(file('web'), 'templates'), { recursive: true })
      writeFileSync(join(file('web'), path), text)
    }
  })
  after(async () => {
    await client.transport.close()
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const composed = 'color: red\nlogin:\n  password: sesame\nsize: 2\n'

  test('values of the cluster come in the order of the controller', async () => {
    const { code, stdout, stderr } = await sluice('values', 'helmrelease', 'web', ...inCluster())
    assert.equal(code, 0, stderr)
    assert.equal(stdout, composed)
  })

  test('values of a file need no cluster when the file has all they refer to', async () => {
    const documents = [settings, login, release].map(object => `${JSON.stringify(object)}\n`)
    writeFileSync(file('all.yaml'), documents.join('---\n'))
    const { code, stdout, stderr } = await sluice('values', 'hr', '-f', file('all.yaml'))
    assert.equal(code, 0, stderr)
    assert.equal(stdout, composed)
  })

  test('what is missing is named, and of several releases one must be chosen', async () => {
    writeFileSync(file('lacking.yaml'), JSON.stringify(release))
    const { spec, ...rest } = release
    const lacking = { ...rest, spec: { ...spec, valuesFrom: [{ kind: 'ConfigMap', name: 'nope' }] } }
    writeFileSync(file('lacking.yaml'), JSON.stringify(lacking))
    const missing = await sluice('values', 'hr', '-f', file('lacking.yaml'), ...inCluster())
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /could not resolve ConfigMap chart values reference 'default\/nope'/)
    const other = { ...release, metadata: { name: 'other' } }
    writeFileSync(file('two.yaml'), `${JSON.stringify(release)}\n---\n${JSON.stringify(other)}\n`)
    const two = await sluice('values', 'hr', '-f', file('two.yaml'))
    assert.match(two.stderr, /has several HelmReleases: say which, web, other/)
    assert.equal((await sluice('values', 'hr')).code, 2)
  })

  test('the difference shows what would come and what would change, and no secret', async () => {
    const diff = (...more: string[]) => sluice('diff', 'hr', 'web', '--chart', file('web'), ...inCluster(), ...more)
    const fresh = await diff()
    assert.equal(fresh.code, 0, fresh.stderr)
    assert.match(fresh.stdout, /^\+ Secret\/default\/web$/m)
    assert.match(fresh.stdout, /^2 to add, 0 to change, 0 to remove, 0 as they are$/m)
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' }
    const annotations = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'default' }
    const metadata = { name: 'web', namespace: 'default', labels, annotations }
    const applied = { fieldManager: 'helm-controller', force: true }
    await client.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color: 'blue', size: '2' } }, applied)
    await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: 'open' } }, applied)
    const changed = await diff('--exit-code')
    assert.equal(changed.code, 1)
    assert.match(changed.stdout, /^~ ConfigMap\/default\/web$/m)
    assert.match(changed.stdout, /^ {4}data\.color: "blue" → "red"$/m)
    assert.match(changed.stdout, /data\.password: /)
    const secrets = ['open', 'sesame'].flatMap(text => [text, Buffer.from(text).toString('base64')])
    for (const text of [changed.stdout, (await diff('-o', 'json')).stdout, fresh.stdout]) {
      for (const secret of secrets) assert.ok(!text.includes(secret), text)
    }
  })
})
