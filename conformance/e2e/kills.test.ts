import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterName, eventually, type Part, System } from './system.ts'
import { WorkCopy } from './work-copy.ts'

/**
 * kill -9 of every part at a hundred moments of pushes: in the end both clusters equal the last commit, nothing is
 * orphaned, and what the service acknowledged is there. The moments come from a seed, which a failure names.
 */
const KILLS = 100
const BOTH: ClusterName[] = ['cluster-1', 'cluster-2']
const PARTS: Part[] = [
  'fleet',
  ...BOTH.flatMap((cluster): Part[] => [
    { cluster, pod: 'flux-controllers' },
    { cluster, pod: 'sluice-agent' },
    { cluster },
  ]),
]
/** A push takes about half a second until it is everywhere: moments are drawn from a little more, in milliseconds. */
const PUSH = 800

describe('kill -9', { timeout: 900_000 }, () => {
  let system: System
  let copy: WorkCopy
  before(async () => {
    system = await System.start()
    copy = await WorkCopy.clone(system.gitUrl)
  })
  after(async () => {
    await copy?.remove()
    await system?.stop()
  })

  test(`of any part at ${KILLS} moments of pushes loses nothing and orphans nothing`, async () => {
    const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000)
    const random = randomFrom(seed)
    let commit = ''
    let files: Record<string, string> = {}
    let acknowledged = 0
    for (let i = 0; i < KILLS; i++) {
      const names = ['a', 'b', 'c', 'd'].filter(() => random() < 0.6)
      const next = Object.fromEntries(names.map(name => [`kill-${name}`, `${i}`]))
      const pushed = copy.push(`push ${i}`, manifests(next, files))
      await sleep(random() * PUSH)
      const part = PARTS[Math.floor(random() * PARTS.length)] ?? 'fleet'
      const pid = await system.pid(part).catch(() => undefined)
      if (pid) killed(pid)
      commit = await pushed
      files = next
      if (i % 10 === 0) acknowledged = (await setInterval(system, 300 + i)) ?? acknowledged
    }
    const where = `seed ${seed}`
    for (const cluster of BOTH) {
      await eventually(
        `${cluster} is compliant at ${commit} (${where})`,
        async () => {
          const { complianceState, sourceSyncedCommitId } = await system.configuration(cluster, 'cluster-config')
          return complianceState === 'Compliant' && sourceSyncedCommitId?.includes(commit)
        },
        120,
      )
      assert.deepEqual(await killMaps(system, cluster), files, `${cluster}, ${where}`)
    }
    const { gitRepository } = await system.configuration('cluster-1', 'cluster-config')
    assert.equal(gitRepository?.syncIntervalInSeconds, acknowledged, where)
    await eventually(`the acknowledged change is in the cluster (${where})`, async () => {
      const args = ['gitrepository', 'cluster-config', '-n', 'cluster-config'] as const
      const object = await system.get<{ spec: { interval: string } }>('cluster-1', ...args)
      const minutes = `${Math.floor(acknowledged / 60)}m${acknowledged % 60}s`
      return object?.spec.interval === minutes
    })
  })
})

/** What is to be written and deleted to have these ConfigMaps and no others. */
function manifests(next: Record<string, string>, before: Record<string, string>): Record<string, string | null> {
  const own = ['namespaces.yaml', 'announcement-definition.yaml', 'rbac.yaml', 'settings.yaml']
  const resources = [...own, ...Object.keys(next).map(name => `${name}.yaml`)].map(file => `  - ${file}\n`).join('')
  const files: Record<string, string | null> = {
    'infra/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources}`,
  }
  for (const name of Object.keys(before)) files[`infra/${name}.yaml`] = null
  for (const [name, v] of Object.entries(next)) {
    files[`infra/${name}.yaml`] =
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: shop\ndata:\n  v: "${v}"\n`
  }
  return files
}

async function killMaps(system: System, cluster: ClusterName): Promise<Record<string, string>> {
  const list = await system.get<{ items: { metadata: { name: string }; data: { v: string } }[] }>(
    cluster,
    'configmaps',
    '-n',
    'shop',
  )
  const ours = (list?.items ?? []).filter(({ metadata }) => metadata.name.startsWith('kill-'))
  return Object.fromEntries(ours.map(({ metadata, data }) => [metadata.name, data.v]))
}

/** The interval when the service acknowledged it; `undefined` when it was being killed. */
async function setInterval(system: System, seconds: number): Promise<number | undefined> {
  const patch = { gitRepository: { syncIntervalInSeconds: seconds } }
  try {
    const made = await system.sdk.fluxConfigurations.beginUpdate(...system.path('cluster-1'), 'cluster-config', patch)
    return made ? seconds : undefined
  } catch {
    const { gitRepository } = await eventually('the service answers', () =>
      system.configuration('cluster-1', 'cluster-config'),
    )
    return gitRepository?.syncIntervalInSeconds
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It had just been killed, or ended with its parent.
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
