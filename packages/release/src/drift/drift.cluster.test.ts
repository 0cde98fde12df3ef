import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { ApiError } from '@sluice/kube'
import { install } from '../action/install.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { correctDrift, detectDrift } from './detect-drift.ts'
import { planUpgrade } from './plan-upgrade.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const files = {
  'templates/conf.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-conf\ndata:\n  color: {{ .Values.color | default "red" }}\n  size: large\n  rest: "{{ repeat 99 "x" }}"\n',
  'templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-secret\nstringData:\n  password: hidden\n',
  'templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-web\nspec:\n  ports:\n  - port: 80\n',
}
const manager = 'helm-controller'

async function installed(name: string): Promise<ReleaseRecord> {
  const chart = await cluster.chart('c', files)
  return install({ ...cluster.options(name), manager, chart, values: {}, takeOwnership: true, forceConflicts: true })
}

const ref = (kind: string, name: string) => ({ apiVersion: 'v1', kind, namespace: 'default', name })
const edit = (kind: string, name: string, patch: object) =>
  cluster.client.patch(ref(kind, name), patch, 'merge', { fieldManager: 'somebody' })
const detected = (record: ReleaseRecord, more: object = {}) =>
  detectDrift(record, { client: cluster.client, manager, ...more })

describe('drift', () => {
  test('a release as it was left has none', async () => {
    const { changes, errors } = await detected(await installed('calm'))
    assert.deepEqual(errors, [])
    assert.deepEqual(
      changes.map(({ action, ref: { kind } }) => `${kind} ${action}`),
      ['Secret unchanged', 'ConfigMap unchanged', 'Service unchanged'],
    )
  })

  test('what was edited and what was deleted is told, and put right without a new revision', async () => {
    const record = await installed('wild')
    await edit('ConfigMap', 'wild-conf', {
      data: { color: 'blue', size: null, theirs: 'x' },
      metadata: { labels: { theirs: 'y' } },
    })
    await edit('Secret', 'wild-secret', { data: { password: Buffer.from('stolen').toString('base64') } })
    await cluster.client.delete(ref('Service', 'wild-web'))
    const { changes } = await detected(record)
    assert.deepEqual(
      changes.map(({ action, masked }) => ({ action, masked })),
      [
        { action: 'changed', masked: [{ op: 'replace', path: '/data/password', value: '*** (after)' }] },
        {
          action: 'changed',
          masked: [
            { op: 'replace', path: '/data/color', value: 'red' },
            { op: 'add', path: '/data/size', value: 'large' },
          ],
        },
        { action: 'added', masked: [] },
      ],
    )
    const { corrected, errors } = await correctDrift(changes, { client: cluster.client, manager })
    assert.deepEqual(errors, [])
    assert.deepEqual(
      corrected.map(({ action, change }) => `${change.ref.kind} ${action}`),
      ['Service created', 'Secret configured', 'ConfigMap configured'],
    )
    const { data } = await cluster.client.get(ref('ConfigMap', 'wild-conf'))
    assert.deepEqual(data, { color: 'red', size: 'large', theirs: 'x', rest: 'x'.repeat(99) })
    assert.ok((await detected(record)).changes.every(({ action }) => action === 'unchanged'))
    assert.equal((await cluster.options('wild').storage.history('wild')).length, 1)
  })

  test('what is excluded, ignored or known to be current is left alone', async () => {
    const record = await installed('left')
    await edit('ConfigMap', 'left-conf', { data: { color: 'blue' } })
    const off = (object: KubeObject) => object.metadata.labels?.drift === 'off'
    const color = (object: KubeObject) => (object.kind === 'ConfigMap' ? ['/data/color'] : [])
    const actionOf = async (more: object) =>
      (await detected(record, more)).changes.find(change => change.ref.kind === 'ConfigMap')?.action
    assert.equal(await actionOf({}), 'changed')
    assert.equal(await actionOf({ ignored: color }), 'unchanged')
    assert.equal(await actionOf({ ignored: () => [''] }), 'excluded')
    assert.equal(await actionOf({ isCurrent: () => true }), 'unchanged')
    await edit('ConfigMap', 'left-conf', { metadata: { labels: { drift: 'off' } } })
    assert.equal(await actionOf({ isExcluded: off }), 'excluded')
  })

  test('an object that the server refuses does not hide the others, and a Secret is not repeated', async () => {
    const record = await installed('odd')
    const manifest = record.manifest.replace('port: 80', 'port: 0')
    const { changes, errors } = await detected({ ...record, manifest })
    assert.equal(changes.length, 2)
    assert.match(errors[0]?.message ?? '', /^Service\/default\/odd-web dry-run failed \(Invalid\): /)
    const [secret] = changes
    assert.ok(secret)
    const failing = Object.create(cluster.client, {
      patch: {
        value: () =>
          Promise.reject(
            new ApiError(422, 'Invalid', 'Secret "s" is invalid: data: Invalid value: "hidden": no base64'),
          ),
      },
    })
    const outcome = await correctDrift([{ ...secret, action: 'changed' }], { client: failing, manager })
    assert.deepEqual(
      outcome.errors.map(({ message }) => message),
      ['Secret/default/odd-secret patch failure: no base64'],
    )
  })
})

describe('the plan of an upgrade', () => {
  test('tells what would be added, changed and removed, and writes nothing', async () => {
    await installed('plan')
    const { 'templates/service.yaml': _, ...rest } = files
    const next = await cluster.chart('c', {
      ...rest,
      'templates/new.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plan-new\n',
    })
    const options = {
      ...cluster.options('plan'),
      manager,
      chart: next,
      values: { color: 'green' },
      takeOwnership: true,
    }
    const { record, changes } = await planUpgrade(options)
    assert.equal(record.version, 2)
    assert.deepEqual(changes.map(({ action, ref: { name } }) => `${name} ${action}`).sort(), [
      'plan-conf changed',
      'plan-new added',
      'plan-secret unchanged',
      'plan-web removed',
    ])
    assert.equal((await options.storage.history('plan')).length, 1)
    assert.equal(await cluster.client.find(ref('ConfigMap', 'plan-new')), undefined)
  })

  test('of a release that is not there is an installation', async () => {
    const chart = await cluster.chart('c', files)
    const { record, changes } = await planUpgrade({ ...cluster.options('fresh'), manager, chart, values: {} })
    assert.equal(record.info.status, 'pending-install')
    assert.ok(changes.every(({ action }) => action === 'added'))
    assert.deepEqual(await cluster.options('fresh').storage.history('fresh'), [])
  })
})
