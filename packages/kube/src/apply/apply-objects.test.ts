import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { configMapOf, configMapRef, startTestCluster, type TestCluster, until } from '../testing/test-cluster.ts'
import { type ApplyOptions, applyObjects, StageError } from './apply-objects.ts'
import { formatRef } from './object-id.ts'
import { pruneObjects } from './prune-objects.ts'
import { ObjectTracker } from './tracker.ts'

const GROUP = 'kustomize.toolkit.fluxcd.io'
const MANAGER = 'kustomize-controller'
const LABELS = { [`${GROUP}/name`]: 'apps', [`${GROUP}/namespace`]: 'default' }

let cluster: TestCluster
const open: ObjectTracker[] = []
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())
afterEach(async () => {
  await Promise.all(open.splice(0).map(tracker => tracker.close()))
})

function tracked() {
  const drifted: string[] = []
  const errors: unknown[] = []
  const tracker = new ObjectTracker(cluster.client, {
    manager: MANAGER,
    label: `${GROUP}/name`,
    onDrift: owner => drifted.push(owner),
    onHealth: owner => drifted.push(`health of ${owner}`),
    onError: error => errors.push(error),
  })
  open.push(tracker)
  return { tracker, drifted, errors }
}

const mine = (name: string, data: Record<string, string>, metadata: Partial<KubeObject['metadata']> = {}) =>
  configMapOf(name, data, { labels: LABELS, ...metadata })

async function applied(tracker: ObjectTracker, objects: KubeObject[], more: Partial<ApplyOptions> = {}) {
  const options = { client: cluster.client, tracker, owner: 'default/apps', manager: MANAGER, group: GROUP }
  const results = await applyObjects(objects, { ...options, force: false, ...more })
  return results.map(({ ref, action }) => `${formatRef(ref)} ${action}`)
}

const dataOf = async (name: string) => (await cluster.client.get(configMapRef(name))).data
const versionOf = async (name: string) => (await cluster.client.get(configMapRef(name))).metadata.resourceVersion

describe('applying', () => {
  test('creates, then changes what differs, then leaves alone what does not', async () => {
    const { tracker, drifted } = tracked()
    assert.deepEqual(await applied(tracker, [mine('a', { x: '1' })]), ['ConfigMap/default/a created'])
    assert.deepEqual(await applied(tracker, [mine('a', { x: '2' })]), ['ConfigMap/default/a configured'])
    assert.deepEqual(await applied(tracker, [mine('a', { x: '2' })]), ['ConfigMap/default/a unchanged'])
    assert.deepEqual(await dataOf('a'), { x: '2' })
    assert.deepEqual(await applied(tracked().tracker, [mine('a', { x: '2' })]), ['ConfigMap/default/a unchanged'])
    assert.deepEqual(drifted, [], 'our own writes are nobody’s drift')
  })

  test('what is as it was left costs no request', async () => {
    const { tracker } = tracked()
    const objects = [mine('quiet-a', { x: '1' }), mine('quiet-b', { x: '1' })]
    await applied(tracker, objects)
    const requests: string[] = []
    const { transport } = cluster.client
    const json = transport.json.bind(transport)
    transport.json = (request, as) => {
      requests.push(`${request.method} ${request.path}`)
      return json(request, as)
    }
    try {
      assert.deepEqual(await applied(tracker, objects), [
        'ConfigMap/default/quiet-a unchanged',
        'ConfigMap/default/quiet-b unchanged',
      ])
    } finally {
      transport.json = json
    }
    assert.deepEqual(requests, [])
  })

  test('goes in the order of kinds and names objects as the server does', async () => {
    const namespaced = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', namespace: 'stray' } }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'team' } }
    const changes: string[] = []
    const onChange: ApplyOptions['onChange'] = ({ ref }) => changes.push(formatRef(ref))
    const { tracker } = tracked()
    await applied(tracker, [namespaced], { onChange })
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'team' },
      spec: { ports: [{ port: 80 }] },
    }
    await applied(tracker, [service, secret, mine('m', {}, { namespace: 'team' })], { onChange })
    assert.deepEqual(changes, ['Namespace/team', 'ConfigMap/team/m', 'Secret/team/s', 'Service/team/web'])
  })

  test('writes nothing of a stage when one object is refused, and names each that is', async () => {
    const objects = [
      mine('good', { x: '1' }),
      { ...mine('bad', {}), data: { x: { not: 'text' } } },
      mine('nowhere', {}, { namespace: 'missing' }),
      configMapOf('homeless', {}, { namespace: undefined }),
      { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'default' } },
    ]
    const error = await applied(tracked().tracker, objects).catch(e => e)
    assert.ok(error instanceof StageError)
    assert.deepEqual(
      error.errors.map(e => e.message),
      [
        'ConfigMap/homeless namespace not specified: the server could not find the requested resource',
        'Thing/default/x dry-run failed: no matches for kind "Thing" in version "example.com/v1"',
      ],
    )
    const known = await applied(tracked().tracker, objects.slice(0, 3)).catch(e => e)
    assert.ok(known instanceof StageError)
    assert.match(known.message, /^ConfigMap\/default\/bad dry-run failed \(.+\): .+\nConfigMap\/missing\/nowhere .+$/)
    assert.equal(await cluster.client.find(configMapRef('good')), undefined)
  })

  test('heals what others did to our fields, and leaves theirs', async () => {
    const { tracker, drifted } = tracked()
    await applied(tracker, [mine('drift', { x: '1' })])
    await cluster.client.patch(configMapRef('drift'), { data: { theirs: 'y' } }, 'merge', { fieldManager: 'other' })
    await cluster.client.patch(configMapRef('drift'), { data: { x: '9' } }, 'merge', { fieldManager: 'other' })
    await until(() => drifted.includes('default/apps'))
    assert.deepEqual(await applied(tracker, [mine('drift', { x: '1' })]), ['ConfigMap/default/drift configured'])
    assert.deepEqual(await dataOf('drift'), { x: '1', theirs: 'y' })
  })

  test('undoes what was done with kubectl, also to fields we never had', async () => {
    const { tracker, drifted } = tracked()
    await applied(tracker, [mine('edited', { x: '1' })])
    await cluster.client.patch(configMapRef('edited'), { data: { note: 'y' } }, 'merge', {
      fieldManager: 'kubectl-edit',
    })
    await until(() => drifted.includes('default/apps'))
    assert.deepEqual(await applied(tracker, [mine('edited', { x: '1' })]), ['ConfigMap/default/edited configured'])
    assert.deepEqual(await dataOf('edited'), { x: '1' })
  })

  test('takes away what the source no longer has, also of an object that kubectl had made', async () => {
    const made = mine('adopted', { x: '1', old: '1' }, { annotations: { [LAST_APPLIED]: '{}' } })
    await cluster.client.create(made, { fieldManager: 'kubectl-create' })
    const { tracker } = tracked()
    assert.deepEqual(await applied(tracker, [mine('adopted', { x: '1' })]), ['ConfigMap/default/adopted configured'])
    const object = await cluster.client.get(configMapRef('adopted'))
    assert.deepEqual(object.data, { x: '1' })
    assert.equal(object.metadata.annotations?.[LAST_APPLIED], undefined)
    assert.deepEqual(
      object.metadata.managedFields?.map(e => `${e.manager} ${e.operation}`),
      [`${MANAGER} Apply`],
    )
  })

  test('makes fields ours that are as wanted already, so that we hear when others change them', async () => {
    await cluster.client.create(mine('shared', { x: '1' }), { fieldManager: 'helm' })
    const { tracker, drifted } = tracked()
    assert.deepEqual(await applied(tracker, [mine('shared', { x: '1' })]), ['ConfigMap/default/shared unchanged'])
    const version = await versionOf('shared')
    await cluster.client.patch(configMapRef('shared'), { data: { x: '2' } }, 'merge', { fieldManager: 'helm' })
    await until(() => drifted.includes('default/apps'))
    await applied(tracker, [mine('shared', { x: '1' })])
    assert.deepEqual(await dataOf('shared'), { x: '1' })
    assert.notEqual(await versionOf('shared'), version)
    const settled = await versionOf('shared')
    assert.deepEqual(await applied(tracked().tracker, [mine('shared', { x: '1' })]), [
      'ConfigMap/default/shared unchanged',
    ])
    assert.equal(await versionOf('shared'), settled)
  })

  test('notices that an object was deleted', async () => {
    const { tracker, drifted } = tracked()
    await applied(tracker, [mine('lost', { x: '1' })])
    await cluster.client.delete(configMapRef('lost'))
    await until(() => drifted.includes('default/apps'))
    assert.deepEqual(await applied(tracker, [mine('lost', { x: '1' })]), ['ConfigMap/default/lost created'])
  })

  test('obeys marks on objects', async () => {
    const { tracker } = tracked()
    await cluster.client.create(configMapOf('left', { x: 'theirs' }))
    const ifNotPresent = { annotations: { [`${GROUP}/ssa`]: 'IfNotPresent' } }
    const disabled = { annotations: { [`${GROUP}/reconcile`]: 'disabled' } }
    assert.deepEqual(
      await applied(tracker, [
        mine('left', { x: 'ours' }, ifNotPresent),
        mine('off', { x: 'ours' }, disabled),
        mine('once', { x: 'ours' }, ifNotPresent),
      ]),
      ['ConfigMap/default/left skipped', 'ConfigMap/default/off skipped', 'ConfigMap/default/once created'],
    )
    assert.deepEqual(await dataOf('left'), { x: 'theirs' })
    assert.equal(await cluster.client.find(configMapRef('off')), undefined)
  })

  test('recreates an object whose immutable fields change, when that is allowed', async () => {
    const { tracker } = tracked()
    const fixed = (x: string, more = {}) => ({ ...mine('fixed', { x }, more), immutable: true })
    await applied(tracker, [fixed('1')])
    const before = await cluster.client.get(configMapRef('fixed'))
    await assert.rejects(applied(tracker, [fixed('2')]), /ConfigMap\/default\/fixed dry-run failed \(Invalid\): /)
    assert.deepEqual(await applied(tracker, [fixed('2')], { force: true }), ['ConfigMap/default/fixed created'])
    const marked = { annotations: { [`${GROUP}/force`]: 'enabled' } }
    assert.deepEqual(await applied(tracker, [fixed('3', marked)]), ['ConfigMap/default/fixed created'])
    const object = await cluster.client.get(configMapRef('fixed'))
    assert.deepEqual(object.data, { x: '3' })
    assert.notEqual(object.metadata.uid, before.metadata.uid)
  })
})

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

describe('pruning', () => {
  test('deletes what is still ours, spares what is not, and counts what is gone as deleted', async () => {
    const { client } = cluster
    const { tracker, drifted } = tracked()
    await applied(tracker, [
      mine('p-ours', {}),
      mine('p-kept', {}, { annotations: { [`${GROUP}/prune`]: 'disabled' } }),
    ])
    await client.create(configMapOf('p-foreign', {}, { labels: { ...LABELS, [`${GROUP}/name`]: 'other' } }))
    const names = ['p-ours', 'p-kept', 'p-foreign', 'p-gone']
    const thing = { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'default', name: 'x' }
    const results = await pruneObjects([...names.map(configMapRef), thing], {
      client,
      group: GROUP,
      ownerLabels: LABELS,
      onDelete: ref => tracker.release(ref, 'default/apps'),
    })
    assert.deepEqual(Object.fromEntries(results.map(r => [r.ref.name, r.action])), {
      'p-ours': 'deleted',
      'p-kept': 'skipped',
      'p-foreign': 'skipped',
      'p-gone': 'deleted',
      x: 'deleted',
    })
    assert.equal(await client.find(configMapRef('p-ours')), undefined)
    await until(() => tracker.get(configMapRef('p-ours')) === undefined)
    assert.deepEqual(drifted, [])
  })

  test('goes backwards through the order of application, and on when one cannot be deleted', async () => {
    const { client } = cluster
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b', namespace: 'default', labels: LABELS } }
    const account = { ...secret, kind: 'ServiceAccount' }
    await client.create(secret)
    await client.create(account)
    await client.create(mine('b', {}))
    const nobody = client.as({ user: 'nobody' })
    const ref = (kind: string) => ({ apiVersion: 'v1', kind, namespace: 'default', name: 'b' })
    const refs = ['ServiceAccount', 'ConfigMap', 'Secret'].map(ref)
    const refused = await pruneObjects(refs, { client: nobody, group: GROUP, ownerLabels: LABELS })
    assert.deepEqual(
      refused.map(r => `${r.ref.kind} ${r.action}`),
      ['Secret failed', 'ConfigMap failed', 'ServiceAccount failed'],
    )
    assert.match(refused[0]?.error ?? '', /^Secret\/default\/b delete failed: .*forbidden/)
    const done = await pruneObjects(refs, { client, group: GROUP, ownerLabels: LABELS })
    assert.deepEqual(
      done.map(r => r.action),
      ['deleted', 'deleted', 'deleted'],
    )
  })
})
