import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Kustomization } from '@sluice/api'
import { configMapYaml as cm, eventually, TestCluster } from './testing/a-cluster.ts'

/** The controller against a real API server and a real Git server, a behaviour a test, a namespace each. */
describe('a Kustomization', { timeout: 240_000 }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await TestCluster.start({ noCrossNamespaceRefs: true })
  })
  after(() => cluster.close())

  const dataOf = async (namespace: string, name: string) =>
    ((await cluster.configMap(namespace, name))?.data as Record<string, string> | undefined)?.v
  const patchData = (namespace: string, name: string, v: string) =>
    cluster.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }, { data: { v } })

  // Begun first and looked at last: Flux gives health checks no less than 30 seconds.
  test('that waits for health holds nothing up', async () => {
    const pvc =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: never\nspec:\n  storageClassName: none\n' +
      '  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n'
    await cluster.namespace('health', { 'bad/p.yaml': pvc, 'good/a.yaml': cm('a', '1') })
    const waiting = { path: './bad', wait: true, timeout: '1s', retryInterval: '10m' }
    for (let i = 0; i < 20; i++) await cluster.kustomization('health', `bad${i}`, waiting)
    await cluster.ready('health', 'bad19', /^Unknown Progressing/)
    await cluster.kustomization('health', 'good', { path: './good', wait: true })
    const { status } = await cluster.ready('health', 'good', /^True/)
    assert.ok(status?.conditions?.some(c => c.type === 'Healthy' && c.status === 'True'))
  })

  test('applies, follows a push, prunes, and keeps an inventory and a history', async () => {
    const repository = await cluster.namespace('follow', { 'a.yaml': cm('a', '1'), 'b.yaml': cm('b', '1') })
    await cluster.kustomization('follow', 'app')
    await cluster.ready('follow', 'app', /^True/)
    const revision = await repository.push({ 'a.yaml': cm('a', '2'), 'b.yaml': null })
    const { status } = await cluster.ready('follow', 'app', new RegExp(revision))
    assert.equal(await dataOf('follow', 'a'), '2')
    assert.equal(await dataOf('follow', 'b'), undefined)
    assert.deepEqual(status?.inventory?.entries, [{ id: 'follow_a__ConfigMap', v: 'v1' }])
    assert.equal(status?.history?.length, 2)
    assert.equal(status?.lastAppliedRevision, revision)
    await eventually(async () => {
      const events = await cluster.events('follow', 'app')
      assert.ok(events.includes('ConfigMap/follow/a created\nConfigMap/follow/b created'), events.join('; '))
      assert.ok(events.includes('ConfigMap/follow/b deleted'), events.join('; '))
      assert.ok(events.some(e => /^Reconciliation finished in .*, next run in 10m0s$/.test(e)))
    })
  })

  test('heals drift and brings back what was deleted, at once', async () => {
    await cluster.namespace('drift', { 'a.yaml': cm('a', '1') })
    await cluster.kustomization('drift', 'app')
    await cluster.ready('drift', 'app', /^True/)
    await patchData('drift', 'a', 'by hand')
    await eventually(async () => assert.equal(await dataOf('drift', 'a'), '1'))
    await cluster.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'drift', name: 'a' })
    await eventually(async () => assert.equal(await dataOf('drift', 'a'), '1'))
  })

  test('leaves ignored fields alone', async () => {
    const repository = await cluster.namespace('ignore', { 'a.yaml': `${cm('a', '1')}  w: "1"\n` })
    await cluster.kustomization('ignore', 'app', { ignore: [{ paths: ['/data/v'], target: { name: 'a' } }] })
    await cluster.ready('ignore', 'app', /^True/)
    await patchData('ignore', 'a', 'by hand')
    const revision = await repository.push({ 'a.yaml': `${cm('a', '1')}  w: "2"\n` })
    await cluster.ready('ignore', 'app', new RegExp(revision))
    assert.deepEqual((await cluster.configMap('ignore', 'a'))?.data, { v: 'by hand', w: '2' })
  })

  test('reads health by expressions', async () => {
    await cluster.namespace('expressions', { 'a.yaml': cm('a', 'Dry') })
    const expressions = [{ apiVersion: 'v1', kind: 'ConfigMap', failed: `data.v == 'Dry'`, current: `data.v == 'Wet'` }]
    await cluster.kustomization('expressions', 'app', { wait: true, healthCheckExprs: expressions })
    await cluster.ready(
      'expressions',
      'app',
      /^False HealthCheckFailed: .*\[ConfigMap\/expressions\/a status: 'Failed'\]/,
    )
    await cluster.kustomization('expressions', 'typo', {
      healthCheckExprs: [{ ...expressions[0], apiVersion: 'v1', kind: 'ConfigMap', current: 'data.' }],
    })
    await cluster.ready('expressions', 'typo', /^False InvalidCELExpression: Reconciliation failed terminally/)
  })

  test('follows its dependency, and an expression may decide on it', async () => {
    const repository = await cluster.namespace('depends', { 'infra/a.yaml': 'no: [', 'app/b.yaml': cm('b', '1') })
    await cluster.kustomization('depends', 'infra', { path: './infra' })
    await cluster.kustomization('depends', 'app', { path: './app', dependsOn: [{ name: 'infra' }] })
    const readyExpr = `dep.status.conditions.exists(c, c.type == 'Ready' && c.status == 'False')`
    await cluster.kustomization('depends', 'alarm', {
      path: './app',
      namePrefix: 'x-',
      dependsOn: [{ name: 'infra', readyExpr }],
    })
    await cluster.ready('depends', 'infra', /^False BuildFailed: .*infra\/a\.yaml/)
    await cluster.ready('depends', 'app', /^False DependencyNotReady: dependency 'depends\/infra' is not ready/)
    await cluster.ready('depends', 'alarm', /^True/)
    await repository.push({ 'infra/a.yaml': cm('a', '1') })
    await cluster.ready('depends', 'app', /^True/)
  })

  test('substitutes variables', async () => {
    await cluster.namespace('variables', { 'a.yaml': cm('a', '${greeting} ${who:=you}') })
    const data = { greeting: 'hello' }
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'vars', namespace: 'variables' },
      data,
    })
    const from = (name: string) => ({ substituteFrom: [{ kind: 'ConfigMap' as const, name }] })
    await cluster.kustomization('variables', 'app', { postBuild: from('vars') })
    await cluster.ready('variables', 'app', /^True/)
    assert.equal(await dataOf('variables', 'a'), 'hello you')
    // A ConfigMap that asks to be followed is.
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'variables', name: 'vars' }
    const followed = { 'reconcile.fluxcd.io/watch': 'Enabled' }
    await cluster.client.patch(ref, { metadata: { labels: followed }, data: { greeting: 'good day' } })
    await eventually(async () => assert.equal(await dataOf('variables', 'a'), 'good day you'))
    await cluster.kustomization('variables', 'none', { postBuild: from('absent') })
    await cluster.ready(
      'variables',
      'none',
      /^False BuildFailed: .*substitute from 'ConfigMap\/absent' error: configmaps "absent" not found/,
    )
  })

  test('is refused what its service account may not do, whole', async () => {
    await cluster.namespace('tenant', { 'a.yaml': cm('a', '1') })
    const account = { metadata: { name: 'tenant', namespace: 'tenant' } }
    await cluster.client.create({ apiVersion: 'v1', kind: 'ServiceAccount', ...account })
    await cluster.kustomization('tenant', 'app', { serviceAccountName: 'tenant' })
    const message =
      /^False ReconciliationFailed: ConfigMap\/tenant\/a dry-run failed \(Forbidden\): .*User "system:serviceaccount:tenant:tenant" cannot patch/
    await cluster.ready('tenant', 'app', message)
    assert.equal(await cluster.configMap('tenant', 'a'), undefined)
    const rbac = 'rbac.authorization.k8s.io'
    await cluster.client.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      ...account,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'tenant' }],
    })
    await cluster.ready('tenant', 'app', /^True/)
  })

  test('reads the health of what its service account may get, but not list', async () => {
    const namespace = 'getting'
    await cluster.namespace(namespace, { 'a.yaml': cm('a', '1') })
    const rbac = 'rbac.authorization.k8s.io'
    const account = { metadata: { name: 'tenant', namespace } }
    await cluster.client.create({ apiVersion: 'v1', kind: 'ServiceAccount', ...account })
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]
    await cluster.client.create({ apiVersion: `${rbac}/v1`, kind: 'Role', ...account, rules })
    await cluster.client.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      ...account,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace }],
    })
    const secret = { apiVersion: 'v1', kind: 'Secret', name: 'checked', namespace }
    await cluster.kustomization(namespace, 'app', { serviceAccountName: 'tenant', healthChecks: [secret] })
    const isBeingChecked = (name: string) =>
      eventually(async () => {
        const { status } = await cluster.client.get<Kustomization>(cluster.kustomizationRef(namespace, name))
        assert.equal(status?.conditions?.find(c => c.type === 'Healthy')?.status, 'Unknown')
      })
    await isBeingChecked('app')
    await cluster.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'checked', namespace } })
    await cluster.ready(namespace, 'app', /^True/)
    const pod = { ...secret, kind: 'Pod' }
    await cluster.kustomization(namespace, 'blind', { serviceAccountName: 'tenant', healthChecks: [pod] })
    await isBeingChecked('blind')
  })

  test('may not read the source of another namespace', async () => {
    await cluster.namespace('other', { 'a.yaml': cm('a', '1') })
    await cluster.namespace('spy', { 'a.yaml': cm('a', '1') })
    await cluster.kustomization('spy', 'app', { sourceRef: { kind: 'GitRepository', name: 'app', namespace: 'other' } })
    const object = await cluster.ready('spy', 'app', /^False AccessDenied: can't access 'GitRepository\/other\/app'/)
    assert.ok(object.status?.conditions?.some(c => c.type === 'Stalled' && c.status === 'True'))
  })

  test('recreates what is immutable only when forced', async () => {
    const fixed = (v: string) => `${cm('fixed', v)}immutable: true\n`
    const repository = await cluster.namespace('force', { 'a.yaml': fixed('1') })
    await cluster.kustomization('force', 'app')
    await cluster.ready('force', 'app', /^True/)
    await repository.push({ 'a.yaml': fixed('2') })
    await cluster.ready(
      'force',
      'app',
      /^False ReconciliationFailed: ConfigMap\/force\/fixed dry-run failed \(Invalid\): .*immutable/s,
    )
    assert.equal(await dataOf('force', 'fixed'), '1')
    await cluster.client.patch(cluster.kustomizationRef('force', 'app'), { spec: { force: true } })
    await cluster.ready('force', 'app', /^True/)
    assert.equal(await dataOf('force', 'fixed'), '2')
  })

  test('keeps what opted out of pruning and reconciliation', async () => {
    const marked = (name: string, mark: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations:\n    kustomize.toolkit.fluxcd.io/${mark}\ndata:\n  v: "1"\n`
    const repository = await cluster.namespace('marks', {
      'keep.yaml': marked('keep', 'prune: disabled'),
      'once.yaml': marked('once', 'ssa: IfNotPresent'),
      'x.yaml': cm('x', '1'),
    })
    await cluster.kustomization('marks', 'app')
    await cluster.ready('marks', 'app', /^True/)
    await patchData('marks', 'once', 'mine')
    const revision = await repository.push({ 'keep.yaml': null, 'x.yaml': cm('x', '2') })
    await cluster.ready('marks', 'app', new RegExp(revision))
    assert.equal(await dataOf('marks', 'keep'), '1')
    assert.equal(await dataOf('marks', 'once'), 'mine')
  })

  test('rejected objects of a stage are all named, and nothing of the stage is applied or pruned', async () => {
    const repository = await cluster.namespace('reject', { 'a.yaml': cm('a', '1'), 'old.yaml': cm('old', '1') })
    await cluster.kustomization('reject', 'app')
    await cluster.ready('reject', 'app', /^True/)
    const ghost = (name: string) => `apiVersion: nobody.example.com/v1\nkind: Ghost\nmetadata:\n  name: ${name}\n`
    await repository.push({ 'a.yaml': cm('a', '2'), 'old.yaml': null, 'g.yaml': ghost('g'), 'h.yaml': ghost('h') })
    await cluster.ready(
      'reject',
      'app',
      /Ghost\/reject\/g dry-run failed: no matches for kind "Ghost".*Ghost\/reject\/h/s,
    )
    assert.equal(await dataOf('reject', 'a'), '1')
    assert.equal(await dataOf('reject', 'old'), '1')
  })

  test('definitions, namespaces and their objects may come in one commit', async () => {
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: valves.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Valve, plural: valves, singular: valve, listKind: ValveList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`
    const valve = 'apiVersion: example.com/v1\nkind: Valve\nmetadata:\n  name: v\n  namespace: plant\n'
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: plant\n'
    await cluster.namespace('stages', { 'v.yaml': valve, 'n.yaml': namespace, 'c.yaml': crd })
    await cluster.kustomization('stages', 'app', { targetNamespace: undefined })
    const { status } = await cluster.ready('stages', 'app', /^True/)
    assert.deepEqual(
      status?.inventory?.entries.map(e => e.id),
      [
        '_valves.example.com_apiextensions.k8s.io_CustomResourceDefinition',
        '_plant__Namespace',
        'plant_v_example.com_Valve',
      ],
    )
  })

  test('is in the inventory before it is in the cluster, so that nothing is orphaned by a crash between the two', async () => {
    await cluster.namespace('claim', { 'a.yaml': cm('a', '1') })
    const stop = new AbortController()
    const kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
    const claimed: number[] = []
    const watching = (async () => {
      for await (const { object } of cluster.client.watch(kind, { namespace: 'claim', signal: stop.signal })) {
        if (JSON.stringify(object.status ?? {}).includes('claim_a__ConfigMap')) {
          claimed.push(Number(object.metadata.resourceVersion))
        }
      }
    })()
    await cluster.kustomization('claim', 'app')
    await cluster.ready('claim', 'app', /^True/)
    const created = Number((await cluster.configMap('claim', 'a'))?.metadata.resourceVersion)
    await eventually(async () => assert.ok(claimed.length > 0))
    stop.abort()
    await watching
    assert.ok(Math.min(...claimed) < created, `claimed at ${claimed}, created at ${created}`)
  })

  test('what a failed pass made stays in the inventory, and goes when the source no longer wants it', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: half\n'
    const ghost = 'apiVersion: nobody.example.com/v1\nkind: Ghost\nmetadata:\n  name: g\n  namespace: half\n'
    const repository = await cluster.namespace('halfway', { 'n.yaml': namespace, 'g.yaml': ghost })
    await cluster.kustomization('halfway', 'app', { targetNamespace: undefined })
    const { status } = await cluster.ready(
      'halfway',
      'app',
      /^False ReconciliationFailed: Ghost\/half\/g dry-run failed/,
    )
    assert.deepEqual(status?.inventory?.entries, [{ id: '_half__Namespace', v: 'v1' }])
    await repository.push({
      'n.yaml': null,
      'g.yaml': cm('a', '1').replace('name: a', 'name: a\n  namespace: halfway'),
    })
    await cluster.ready('halfway', 'app', /^True/)
    await eventually(async () => {
      const found = await cluster.client.find({ apiVersion: 'v1', kind: 'Namespace', name: 'half' })
      assert.equal(found, undefined)
    })
  })

  test('is content with a finished Job that removes itself', async () => {
    const job =
      'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: once\nspec:\n  ttlSecondsAfterFinished: 0\n  template:\n    spec:\n' +
      '      restartPolicy: Never\n      containers:\n        - name: x\n          image: x\n'
    await cluster.namespace('once', { 'j.yaml': job })
    await cluster.kustomization('once', 'app', { wait: true })
    await cluster.ready('once', 'app', /^True/)
    const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'once', name: 'once' }
    await eventually(async () => assert.equal(await cluster.client.find(ref), undefined))
    const { status } = await cluster.ready('once', 'app', /^True/)
    assert.equal(status?.history?.[0]?.totalReconciliations, 1)
  })

  test('has an object back that another one, which took it over, deletes', async () => {
    await cluster.namespace('shared', { 'a.yaml': cm('a', '1') })
    await cluster.kustomization('shared', 'first')
    await cluster.ready('shared', 'first', /^True/)
    await cluster.kustomization('shared', 'second')
    await cluster.ready('shared', 'second', /^True/)
    const taken = await cluster.configMap('shared', 'a')
    assert.equal(taken?.metadata.labels?.['kustomize.toolkit.fluxcd.io/name'], 'second')
    await cluster.client.delete(cluster.kustomizationRef('shared', 'second'))
    await eventually(async () => {
      const back = await cluster.configMap('shared', 'a')
      assert.ok(back && back.metadata.uid !== taken?.metadata.uid)
      assert.equal(back.metadata.labels?.['kustomize.toolkit.fluxcd.io/name'], 'first')
    })
  })

  test('takes its objects along when deleted, or leaves them', async () => {
    await cluster.namespace('delete', { 'a/a.yaml': cm('a', '1'), 'b/b.yaml': cm('b', '1') })
    await cluster.kustomization('delete', 'takes', { path: './a', deletionPolicy: 'WaitForTermination' })
    await cluster.kustomization('delete', 'leaves', { path: './b', deletionPolicy: 'Orphan' })
    for (const name of ['takes', 'leaves']) {
      await cluster.ready('delete', name, /^True/)
      await cluster.client.delete(cluster.kustomizationRef('delete', name))
      await eventually(async () =>
        assert.equal(await cluster.client.find(cluster.kustomizationRef('delete', name)), undefined),
      )
    }
    assert.equal(await cluster.configMap('delete', 'a'), undefined)
    assert.equal(await dataOf('delete', 'b'), '1')
  })

  test('brings everything back after its namespace was deleted under it', async () => {
    await cluster.namespace('under', {
      'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: meadow\n',
      'a.yaml': `${cm('a', '1')}`.replace('name: a', 'name: a\n  namespace: meadow'),
    })
    await cluster.kustomization('under', 'app', { targetNamespace: undefined })
    await cluster.ready('under', 'app', /^True/)
    await cluster.client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'meadow' })
    const uid = (await cluster.client.find({ apiVersion: 'v1', kind: 'Namespace', name: 'meadow' }))?.metadata.uid
    await eventually(async () => {
      const namespace = await cluster.client.get({ apiVersion: 'v1', kind: 'Namespace', name: 'meadow' })
      assert.notEqual(namespace.metadata.uid, uid)
      assert.equal(await dataOf('meadow', 'a'), '1')
    })
    await cluster.ready('under', 'app', /^True/)
  })

  test('suspended follows nothing until it is resumed', async () => {
    const repository = await cluster.namespace('suspend', { 'a.yaml': cm('a', '1') })
    await cluster.kustomization('suspend', 'app')
    await cluster.ready('suspend', 'app', /^True/)
    const ref = cluster.kustomizationRef('suspend', 'app')
    await cluster.client.patch(ref, { spec: { suspend: true } })
    const revision = await repository.push({ 'a.yaml': cm('a', '2') })
    const source = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      namespace: 'suspend',
      name: 'app',
    }
    await eventually(async () => {
      const { status } = await cluster.client.get(source)
      assert.match(JSON.stringify(status), new RegExp(revision))
    })
    assert.equal(await dataOf('suspend', 'a'), '1')
    await cluster.client.patch(ref, { spec: { suspend: false } })
    await cluster.ready('suspend', 'app', new RegExp(revision))
    assert.equal(await dataOf('suspend', 'a'), '2')
  })

  test('whose health never comes fails by name when the time is over', async () => {
    const pending = /timeout waiting for: \[PersistentVolumeClaim\/health\/never status: 'InProgress'\]/
    const { status } = await cluster.ready('health', 'bad0', /^False HealthCheckFailed: health check failed after/, 45)
    assert.match(JSON.stringify(status?.conditions), pending)
  })
})
