import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createLog, Runtime } from '@sluice/controller'
import { fluxConfigReconciler } from '../index.ts'
import { ref, startTestCluster } from '../testing/test-cluster.ts'
import { startTestService } from '../testing/test-service.ts'
import { until } from '../testing/until.ts'

const program = fileURLToPath(new URL('../testing/agent-process.ts', import.meta.url))
const ROUNDS = 8

/** The same moments each time (mulberry32), so that a failure can be looked at again. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}

test('an agent killed at any moment: the next one finishes what it began, nothing doubled, nothing lost', async () => {
  const [service, cluster] = await Promise.all([
    startTestService(),
    startTestCluster({ definitions: true, workloads: true }),
  ])
  const { kube } = cluster
  const folder = mkdtempSync(join(tmpdir(), 'sluice-killed-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 })
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'azure-arc' } }, { fieldManager: 'test' })
  const runtime = new Runtime({ client: cluster.connect(), log: createLog('silent') })
  runtime.add(fluxConfigReconciler(runtime))
  await runtime.start()
  let agent: ChildProcess | undefined

  async function startAgent(): Promise<void> {
    const env = {
      ...process.env,
      TEST_KUBECONFIG: kubeconfig,
      TEST_SERVICE_URL: service.link.url,
      TEST_SERVICE_CA: service.ca,
      TEST_CLUSTER_ID: service.clusterId,
      TEST_KEY: service.privateKeyPem,
    }
    agent = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env })
    assert.ok(agent.stdout)
    await once(agent.stdout, 'data')
  }
  async function killAgent(): Promise<void> {
    const ended = agent && once(agent, 'exit')
    agent?.kill('SIGKILL')
    await ended
    agent = undefined
  }

  try {
    const random = randomFrom(20_261_124)
    /** What the service has, by name: path and password of each configuration. */
    const wanted = new Map<string, { path: string; key: string }>()
    for (let round = 0; round < ROUNDS; round++) {
      await startAgent()
      const name = `config-${round % 3}`
      if (wanted.has(name) && random() < 0.4) {
        await service.remove(`fluxConfigurations/${name}`)
        wanted.delete(name)
      } else {
        const key = `key-${round}`
        const answered = service.put(`fluxConfigurations/${name}`, {
          namespace: 'team',
          gitRepository: { url: 'https://git.test/shop', repositoryRef: { branch: 'main' }, httpsUser: 'ann' },
          kustomizations: { apps: { path: `./round-${round}` } },
          configurationProtectedSettings: { httpsKey: Buffer.from(key).toString('base64') },
        })
        // One that is still being deleted cannot be made anew yet, and says so.
        await answered.then(
          () => wanted.set(name, { path: `./round-${round}`, key }),
          (error: Error) => assert.match(error.message, /answered 409/),
        )
      }
      await sleep(random() * 400)
      await killAgent()
    }
    await startAgent()
    for (const name of ['config-0', 'config-1', 'config-2']) {
      const here = wanted.get(name)
      if (!here) {
        await until(`no ${name} at the service`, async () => !(await service.get(`fluxConfigurations/${name}`)))
        assert.equal(await kube.find(ref(`FluxConfig team/${name}`)), undefined)
        continue
      }
      await until(`${name} as wanted`, async () => {
        const { spec } = await kube.get(ref(`Kustomization team/${name}-apps`))
        const secret = await kube.get(ref(`Secret team/${name}-auth`))
        const { password = '' } = secret.data as Record<string, string>
        const key = Buffer.from(password, 'base64').toString()
        return (spec as { path: string }).path === here.path && key === here.key
      })
      await until(`${name} told`, async () => {
        const told = await service.get(`fluxConfigurations/${name}`)
        return told?.provisioningState === 'Succeeded'
      })
    }
    const { items } = await kube.list({ apiVersion: 'clusterconfig.azure.com/v1alpha1', kind: 'FluxConfig' })
    assert.deepEqual(items.map(item => item.metadata.name).sort(), [...wanted.keys()].sort())
  } finally {
    await killAgent()
    await runtime.close()
    await Promise.all([service.close(), cluster.close()])
    rmSync(folder, { recursive: true, force: true })
  }
})
