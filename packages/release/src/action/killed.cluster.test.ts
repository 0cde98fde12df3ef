/**
 * A kill at every request of every action: the next one that looks puts it right, with one release and nothing left
 * over.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Chart } from '@sluice/helm'
import { KubeClient } from '@sluice/kube'
import { managedByLabel } from '../cluster/ownership.ts'
import { secretStorage } from '../record/object-storage.ts'
import { DyingTransport } from '../testing/dying-transport.ts'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import type { ActionOptions } from './action-options.ts'
import { install } from './install.ts'
import { rollback } from './rollback.ts'
import { uninstall } from './uninstall.ts'
import { isLocked, unlock } from './unlock.ts'
import { upgrade } from './upgrade.ts'

let cluster: ReleaseCluster
let first: Chart
let second: Chart
let third: Chart
before(async () => {
  cluster = await startReleaseCluster()
  first = await cluster.chart('c', { 'templates/a.yaml': object('a'), 'templates/b.yaml': object('b'), ...hooks })
  second = await cluster.chart('c', { 'templates/b.yaml': object('b', '2'), 'templates/c.yaml': object('c'), ...hooks })
  third = await cluster.chart('c', { 'templates/b.yaml': object('b', '3') })
})
after(() => cluster.close())

const object = (name: string, value = '1', annotations = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${name}\n${annotations}data:\n  v: "${value}"\n`
const every = 'pre-install,post-upgrade,pre-rollback,post-delete'
const hooks = {
  'templates/h.yaml': object(
    'h',
    '1',
    `  annotations:\n    helm.sh/hook: ${every}\n    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\n`,
  ),
}
const flux = { takeOwnership: true, forceConflicts: true } as const
/** No action of these charts makes more requests. */
const most = 40

type Act = (options: ActionOptions) => Promise<unknown>

/**
 * Runs `act` with a death at the n-th request for every n, until it lives through it; `repaired` is what the next
 * reconcile does and finds.
 */
async function atEveryRequest(
  name: string,
  begin: Act,
  act: Act,
  repaired: (options: ActionOptions) => Promise<void>,
): Promise<void> {
  for (let requests = 0; ; requests++) {
    assert.ok(requests < most, `${name} is never done`)
    const options = cluster.options(`${name}-${requests}`)
    await begin(options)
    const transport = new DyingTransport(cluster.access, requests)
    const client = new KubeClient({ transport, discovery: cluster.client.discovery })
    const storage = secretStorage({ client, namespace: 'default', manager: 'Helm' })
    await act({ ...options, client, storage }).catch(() => {})
    const { isDead } = transport
    await transport.close()
    await repaired(options)
    if (!isDead) return
  }
}

/** What a controller does that finds a release however it was left, and wants this chart. */
async function reconcile(options: ActionOptions, chart: Chart): Promise<void> {
  const last = (await options.storage.history(options.name)).at(-1)
  if (!last) {
    await install({ ...options, ...flux, chart, values: {} })
    return
  }
  if (isLocked(last)) await unlock(options)
  await upgrade({ ...options, ...flux, chart, values: {} })
}

async function assertSound(options: ActionOptions, names: string[]): Promise<void> {
  const history = await options.storage.history(options.name)
  const deployed = history.filter(({ info }) => info.status === 'deployed')
  assert.deepEqual(deployed, history.slice(-1), 'the newest revision alone is deployed')
  assert.deepEqual(await namesOf(options), names)
}

async function assertGone(options: ActionOptions): Promise<void> {
  assert.deepEqual(await options.storage.history(options.name), [])
  assert.deepEqual(await namesOf(options), [])
}

/** Objects of the release that are on the cluster, by the ends of their names. */
async function namesOf({ name }: ActionOptions): Promise<string[]> {
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' }
  const { items } = await cluster.client.list(kind, { namespace: 'default', labelSelector: `${managedByLabel}=Helm` })
  const own = items.map(item => item.metadata.name).filter(item => item.startsWith(`${name}-`))
  return own.map(item => item.slice(name.length + 1))
}

const nothing: Act = async () => {}
const installed: Act = options => install({ ...options, ...flux, chart: first, values: {} })
const upgraded: Act = async options => {
  await installed(options)
  await upgrade({ ...options, ...flux, chart: second, values: {} })
}

describe('killed after the n-th request', { concurrency: true }, () => {
  test('installing', () =>
    atEveryRequest('i', nothing, installed, async options => {
      await reconcile(options, third)
      await assertSound(options, ['b'])
      await uninstall(options)
      await assertGone(options)
    }))

  test('upgrading', () =>
    atEveryRequest(
      'u',
      installed,
      options => upgrade({ ...options, ...flux, chart: second, values: {}, maxHistory: 2 }),
      async options => {
        await reconcile(options, third)
        await assertSound(options, ['b'])
        await uninstall(options)
        await assertGone(options)
      },
    ))

  test('upgrading, and uninstalled then', () =>
    atEveryRequest(
      'd',
      installed,
      options => upgrade({ ...options, ...flux, chart: second, values: {} }),
      async options => {
        await uninstall(options)
        await assertGone(options)
      },
    ))

  test('rolling back', () =>
    atEveryRequest(
      'r',
      upgraded,
      options => rollback({ ...options, ...flux }),
      async options => {
        await reconcile(options, third)
        await assertSound(options, ['b'])
      },
    ))

  test('uninstalling', () =>
    atEveryRequest(
      'x',
      upgraded,
      options => uninstall(options),
      async options => {
        await uninstall({ ...options, ignoreNotFound: true })
        await assertGone(options)
      },
    ))

  test('uninstalling, and wanted again then', () =>
    atEveryRequest(
      'y',
      upgraded,
      options => uninstall(options),
      async options => {
        await reconcile(options, third)
        await assertSound(options, ['b'])
      },
    ))
})
