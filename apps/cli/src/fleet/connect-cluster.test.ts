/**
 * `connectedk8s connect` and `delete` against a real API server: what is put into the cluster, what stays when it is
 * done again, what goes.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ApiError, accessFromFile, KubeClient } from '@sluice/kube'
import { at, startTestFleet, type TestFleet } from '../../../../packages/fleet/src/testing/test-fleet.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

describe('connecting a cluster', () => {
  let tested: TestFleet
  let folder: string
  let cluster: ChildProcess
  let kubeconfig: string
  let kube: KubeClient

  async function sluice(...args: string[]): Promise<{ code: number | null; stderr: string; stdout: string }> {
    const env = { ...process.env, SLUICE_HOME: folder, SLUICE_SUBSCRIPTION: '' }
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const texts = { stdout: '', stderr: '' }
    child.stdout.on('data', (part: Buffer) => {
      texts.stdout += part.toString()
    })
    child.stderr.on('data', (part: Buffer) => {
      texts.stderr += part.toString()
    })
    const [code] = await once(child, 'close')
    return { code, ...texts }
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-connect-'))
    tested = await startTestFleet()
    writeFileSync(join(folder, 'ca.pem'), tested.ca)
    const dir = join(folder, 'cluster')
    const env = { ...process.env, SLUICE_EXIT_WITH_PARENT: '1' }
    const args = [MAIN, 'devcluster', '--data-dir', dir, '--port', '0', '--no-workloads', '--no-node']
    cluster = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    assert.ok(cluster.stdout)
    // It prints the path of its kubeconfig when it is ready.
    await once(cluster.stdout, 'data')
    kubeconfig = join(dir, 'kubeconfig')
    kube = new KubeClient(accessFromFile(kubeconfig))
    const where = ['--service', tested.fleet.url, '--ca', join(folder, 'ca.pem')]
    const login = await sluice('login', ...where, '-u', 'olga', '-p', 'owner-secret')
    assert.equal(login.code, 0, login.stderr)
  })
  after(async () => {
    cluster.kill('SIGTERM')
    await once(cluster, 'exit')
    await tested.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const secret = () =>
    kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'azure-arc', name: 'connect-privatekey' })
  const one = ['-n', 'north', '-g', 'new-group']

  test('makes the group, registers the key and puts the agent into the cluster', async () => {
    const { code, stderr } = await sluice(
      'connectedk8s',
      'connect',
      ...one,
      '--kube-config',
      kubeconfig,
      '--tags',
      'ring=one',
    )
    assert.equal(code, 0, stderr)
    assert.match(stderr, /Creating resource group 'new-group'/)
    const shown = await sluice('connectedk8s', 'show', ...one, '-o', 'json')
    const resource: unknown = JSON.parse(shown.stdout)
    assert.equal(at(resource, 'tags.ring'), 'one')
    assert.equal(at(resource, 'properties.connectivityStatus'), 'Connecting')
    const config = await kube.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'azure-arc',
      name: 'azure-clusterconfig',
    })
    assert.equal(at(config, 'data.RESOURCE_ID'), at(resource, 'id'))
    assert.equal(at(config, 'data.SERVICE_URL'), tested.fleet.url)
    assert.match(String(at(config, 'data.SERVICE_CA')), /BEGIN CERTIFICATE/)
    const deployment = await kube.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'azure-arc',
      name: 'sluice-agent',
    })
    assert.equal(at(deployment, 'spec.template.spec.serviceAccountName'), 'sluice-agent')
  })

  test('--image is what the agent runs from, and installs the controllers from', async () => {
    const image = 'registry.example.com/sluice:1'
    const again = await sluice('connectedk8s', 'connect', ...one, '--kube-config', kubeconfig, '--image', image)
    assert.equal(again.code, 0, again.stderr)
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'azure-arc', name: 'sluice-agent' }
    const container = at(await kube.get(ref), 'spec.template.spec.containers.0')
    assert.equal(at(container, 'image'), image)
    assert.deepEqual(at(container, 'args'), ['agent', '--image', image])
  })

  test('done again it keeps the key pair; under another name it is refused', async () => {
    const before = await secret()
    const again = await sluice('connectedk8s', 'connect', ...one, '--kube-config', kubeconfig)
    assert.equal(again.code, 0, again.stderr)
    assert.deepEqual((await secret()).data, before.data)
    const other = await sluice('connectedk8s', 'connect', '-n', 'south', '-g', 'new-group', '--kube-config', kubeconfig)
    assert.equal(other.code, 2)
    assert.match(other.stderr, /connected already, as '.*\/north'/)
  })

  test('delete removes the agent and forgets the cluster', async () => {
    const done = await sluice('connectedk8s', 'delete', ...one, '--kube-config', kubeconfig, '--yes')
    assert.equal(done.code, 0, done.stderr)
    const shown = await sluice('connectedk8s', 'show', ...one)
    assert.match(shown.stderr, /ResourceNotFound/)
    const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'sluice-agent' }
    await assert.rejects(kube.get(binding), (error: unknown) => error instanceof ApiError && error.code === 404)
  })
})
