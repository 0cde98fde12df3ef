/**
 * The same story told twice on one cluster: by the real helm in one namespace, by our actions in another. What both
 * leave behind and what both say must be the same.
 */
import assert from 'node:assert/strict'
import type { KubeObject } from '@sluice/api'
import { type KubeClient, refOf } from '@sluice/kube'
import type {
  InstallOptions,
  RollbackOptions,
  TestOptions,
  UninstallOptions,
  UpgradeOptions,
} from '../action/action-options.ts'
import { install } from '../action/install.ts'
import { rollback } from '../action/rollback.ts'
import { runTests } from '../action/run-tests.ts'
import { uninstall } from '../action/uninstall.ts'
import { upgrade } from '../action/upgrade.ts'
import { decodeRecord } from '../record/encode-record.ts'
import type { ChartFiles, ReleaseCluster } from './release-cluster.ts'

export type Step =
  | { install: string; flags?: string[]; ours?: Partial<InstallOptions> }
  | { upgrade: string; flags?: string[]; ours?: Partial<UpgradeOptions> }
  | { rollback: number; flags?: string[]; ours?: Partial<RollbackOptions> }
  | { uninstall: true; flags?: string[]; ours?: Partial<UninstallOptions> }
  | { test: true; flags?: string[]; ours?: Partial<TestOptions> }
  /** Somebody else writes: an apply-less merge patch of an object, as a manager of his own. */
  | { edit: { apiVersion: string; kind: string; name: string }; patch: object }
  | { make: KubeObject }
  /** The newest revision gets this status, as a crash would leave it. */
  | { leave: string }

export interface Story {
  charts: Record<string, ChartFiles>
  /** Name of the release; `r` when not given. */
  name?: string
  steps: Step[]
  /** Kinds that are compared besides ConfigMaps. */
  kinds?: { apiVersion: string; kind: string }[]
}

interface Told {
  said: string[]
  records: unknown[]
  objects: unknown[]
}

let stories = 0

/** Tells a story both ways and compares. Answers what was said, for a test that wants to see it. */
export async function tellTwice(cluster: ReleaseCluster, story: Story): Promise<string[]> {
  const at = ++stories
  const theirs = await told(cluster, story, `theirs-${at}`, runHelm)
  const ours = await told(cluster, story, `ours-${at}`, runOurs)
  assert.deepEqual(ours.said, theirs.said)
  assert.deepEqual(ours.records, theirs.records)
  assert.deepEqual(ours.objects, theirs.objects)
  return ours.said
}

type Runner = (cluster: ReleaseCluster, story: Story, step: Step, namespace: string) => Promise<string>

async function told(cluster: ReleaseCluster, story: Story, namespace: string, run: Runner): Promise<Told> {
  const { client } = cluster
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const said: string[] = []
  for (const step of story.steps) {
    const text = (await happened(client, story, step, namespace)) ?? (await run(cluster, story, step, namespace))
    // What failed side by side helm tells in the order in which it failed.
    said.push(text.replaceAll(namespace, '<ns>').split('\n').sort().join('\n'))
  }
  return { said, records: await recordsIn(client, namespace), objects: await objectsIn(client, namespace, story) }
}

/** What is nobody's action; undefined for an action. */
async function happened(client: KubeClient, story: Story, step: Step, namespace: string): Promise<string | undefined> {
  if ('edit' in step) {
    await client.discovery.refresh()
    await client.patch({ ...step.edit, namespace }, step.patch, 'merge', { fieldManager: 'somebody' })
    return 'edited'
  }
  if ('make' in step) {
    const text = JSON.stringify(step.make).replaceAll('<ns>', namespace)
    const object: KubeObject = JSON.parse(text)
    await client.create({ ...object, metadata: { ...object.metadata, namespace } }, { fieldManager: 'somebody' })
    return 'made'
  }
  if ('leave' in step) {
    const secrets = await client.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector: 'owner=helm' })
    const last = secrets.items.at(-1)
    assert.ok(last, `no record of ${story.name ?? 'r'}`)
    const record = decodeRecord(textOf(last))
    const { encodeRecord } = await import('../record/encode-record.ts')
    const info = { ...record.info, status: step.leave as 'pending-upgrade' }
    const release = Buffer.from(encodeRecord({ ...record, info })).toString('base64')
    const labels = { status: step.leave }
    await client.patch(refOf({ ...last, apiVersion: 'v1', kind: 'Secret' }), {
      metadata: { labels },
      data: { release },
    })
    return 'left'
  }
  return undefined
}

async function runHelm(cluster: ReleaseCluster, story: Story, step: Step, namespace: string): Promise<string> {
  const { name = 'r' } = story
  const args = ['-n', namespace, ...('flags' in step ? (step.flags ?? []) : [])]
  const folder = (chart: string) => cluster.chartFolder('c', story.charts[chart] ?? {})
  const command = async (): Promise<string[]> => {
    if ('install' in step) return ['install', name, await folder(step.install)]
    if ('upgrade' in step) return ['upgrade', name, await folder(step.upgrade)]
    if ('rollback' in step) return ['rollback', name, ...(step.rollback ? [String(step.rollback)] : [])]
    return 'uninstall' in step ? ['uninstall', name] : ['test', name]
  }
  const { err, code } = await cluster.helm(...(await command()), ...args)
  if (code === 0) return 'done'
  return err
    .replace(/^(?:level=.*\n)+/, '')
    .replace(/^Error: (?:INSTALLATION FAILED: |UPGRADE FAILED: )?/, '')
    .trim()
}

async function runOurs(cluster: ReleaseCluster, story: Story, step: Step, namespace: string): Promise<string> {
  const { name = 'r' } = story
  const options = { ...cluster.options(name, namespace), helmVersion: '4.1' as const }
  const chart = (wanted: string) => cluster.chart('c', story.charts[wanted] ?? {})
  try {
    if ('install' in step) await install({ ...options, chart: await chart(step.install), values: {}, ...step.ours })
    else if ('upgrade' in step) {
      const inputs = { chart: await chart(step.upgrade), values: {}, valuesFrom: 'keep' as const, maxHistory: 10 }
      await upgrade({ ...options, ...inputs, ...step.ours })
    } else if ('rollback' in step) await rollback({ ...options, version: step.rollback, maxHistory: 10, ...step.ours })
    else if ('uninstall' in step) await uninstall({ ...options, strategy: 'watcher', ...step.ours })
    else if ('test' in step) await runTests({ ...options, ...step.ours })
    return 'done'
  } catch (error) {
    // Helm 4.2 says of the first what 4.1 leaves out.
    const text = error instanceof Error ? error.message : String(error)
    return text.replaceAll(/server-side apply failed for object \S* \S*, Kind=\w+: /g, '').trim()
  }
}

async function recordsIn(client: KubeClient, namespace: string): Promise<unknown[]> {
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector: 'owner=helm' })
  return items.map(item => {
    const record = decodeRecord(textOf(item))
    const { createdAt: _, modifiedAt: __, ...labels } = item.metadata.labels ?? {}
    const { managedFields } = item.metadata
    const writers = managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)
    return plain({ name: item.metadata.name, labels, writers, type: item.type, record }, namespace)
  })
}

async function objectsIn(client: KubeClient, namespace: string, story: Story): Promise<unknown[]> {
  const kinds = [{ apiVersion: 'v1', kind: 'ConfigMap' }, ...(story.kinds ?? [])]
  await client.discovery.refresh()
  const lists = await Promise.all(kinds.map(kind => client.list(kind, { namespace })))
  return lists.flatMap(({ items }) =>
    items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt').map(item => plain(item, namespace)),
  )
}

const volatile = ['uid', 'resourceVersion', 'creationTimestamp', 'clusterIP', 'clusterIPs', 'modtime', 'schemamodtime']
const times = ['time', 'first_deployed', 'last_deployed', 'deleted', 'started_at', 'completed_at']

/** Without what differs by nature: identities, times, the namespace. Of a status only its phase is left. */
function plain(value: unknown, namespace: string): unknown {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (volatile.includes(key)) return undefined
    if (times.includes(key) && typeof inner === 'string') return '<time>'
    if (key === 'status' && typeof inner === 'object') return undefined
    if (key === 'generation') return undefined
    // The server sorts them by second: whether two writers share one is chance.
    if (key === 'managedFields' && Array.isArray(inner)) {
      return inner.toSorted((a, b) => compareText(writer(a), writer(b)))
    }
    if (key === 'description' && typeof inner === 'string') {
      const same = inner.replaceAll(/server-side apply failed for object \S* \S*, Kind=\w+: /g, '')
      return same
        .split(/\n|(?<=failed: )/)
        .sort()
        .join('\n')
    }
    return inner
  })
  return JSON.parse(text.replaceAll(namespace, '<ns>'))
}

const writer = ({ operation, manager, subresource }: Record<string, unknown>): string =>
  `${operation} ${manager} ${subresource}`

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function textOf(object: KubeObject): string {
  const { data } = object
  const release = typeof data === 'object' && data !== null && 'release' in data ? String(data.release) : ''
  return Buffer.from(release, 'base64').toString('latin1')
}
