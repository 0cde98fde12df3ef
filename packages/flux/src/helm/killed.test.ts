import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Discovery, KubeClient } from '@sluice/kube'
import { DyingTransport } from '../../../release/src/testing/dying-transport.ts'
import { eventually } from '../kustomize/testing/a-cluster.ts'
import { configMap, HelmCluster } from './testing/a-cluster.ts'

/** Controllers that are killed after so many requests, and others that go on from what they left. */
describe('a release whose controller is killed', { timeout: 240_000 }, () => {
  let cluster: HelmCluster
  before(async () => {
    cluster = await HelmCluster.start({}, true)
    await cluster.charts.publish('plain', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await cluster.charts.publish('plain', '2.0.0', {
      'templates/a.yaml': configMap('a'),
      'templates/b.yaml': configMap('b'),
    })
  })
  after(() => cluster.close())

  /** Runs controllers that die, until they are dead or the work is done. */
  async function runDying(requests: number, isDone: () => Promise<boolean>): Promise<void> {
    const transport = new DyingTransport(cluster.access, requests)
    try {
      await cluster.startControllers(new KubeClient({ transport, discovery: new Discovery(cluster.client.transport) }))
      await eventually(async () => assert.ok(transport.isDead || (await isDone()), 'neither dead nor done'), 60)
    } finally {
      await cluster.stopControllers()
      await transport.close()
    }
  }

  const newest = async (namespace: string) => (await cluster.statuses(namespace)).at(-1)

  for (let requests = 8; requests <= 36; requests += 4) {
    test(`after ${requests} requests is installed, upgraded and uninstalled all the same`, async () => {
      const namespace = `killed-${requests}`
      await cluster.namespace(namespace)
      await cluster.release(namespace, 'plain', { values: { a: 'one' } })
      await runDying(requests, async () => /deployed/.test((await newest(namespace)) ?? ''))
      await cluster.startControllers()
      await cluster.ready(namespace, /^True/)
      await cluster.stopControllers()
      assert.match((await newest(namespace)) ?? '', /deployed/)
      assert.equal((await cluster.data(namespace, 'a'))?.v, 'one')

      const before = await newest(namespace)
      await cluster.release(namespace, 'plain@2.0.0', { values: { a: 'two' } })
      await runDying(requests, async () => /deployed/.test((await newest(namespace))?.replace(before ?? '', '') ?? ''))
      await cluster.startControllers()
      await cluster.ready(namespace, /^True .*plain@2.0.0$/)
      await cluster.stopControllers()
      assert.deepEqual(
        [(await cluster.data(namespace, 'a'))?.v, (await cluster.data(namespace, 'b'))?.v],
        ['two', 'two'],
      )
      const deployed = (await cluster.statuses(namespace)).filter(status => status.endsWith('deployed'))
      assert.equal(deployed.length, 1)

      await cluster.client.delete(cluster.ref(namespace))
      await runDying(requests, async () => !(await cluster.client.find(cluster.ref(namespace))))
      await cluster.startControllers()
      await eventually(async () => assert.equal(await cluster.client.find(cluster.ref(namespace)), undefined), 60)
      await cluster.stopControllers()
      assert.deepEqual(await cluster.statuses(namespace), [])
      assert.deepEqual([await cluster.find(namespace, 'a'), await cluster.find(namespace, 'b')], [undefined, undefined])
    })
  }
})
