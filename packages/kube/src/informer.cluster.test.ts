import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Informer } from './informer.ts'
import { configMapOf, configMapRef, startTestCluster, type TestCluster, until } from './testing/test-cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }

describe('informer of a real API server', () => {
  test('follows it, also over its restart, and tells of each change once', async () => {
    const { client } = cluster
    await client.create(configMapOf('old', {}))
    const informer = new Informer(client, KIND, { namespace: 'default', keep: o => o.metadata.resourceVersion })
    const heard: string[] = []
    informer.onChange(({ type, object }) => {
      if (object.metadata.name !== 'kube-root-ca.crt') heard.push(`${type} ${object.metadata.name}`)
    })
    informer.start()
    await informer.synced
    const made = await client.create(configMapOf('new', {}))
    informer.observe(made)
    await client.patch(configMapRef('new'), { data: { a: '1' } })
    await until(() => heard.length === 3)
    await cluster.restart()
    await client.patch(configMapRef('old'), { data: { a: '1' } })
    await client.delete(configMapRef('new'))
    await until(() => heard.length === 5)
    assert.deepEqual(heard, ['added old', 'added new', 'modified new', 'modified old', 'deleted new'])
    await informer.close()
  })

  test('of a selection loses and finds objects as their labels change', async () => {
    const { client } = cluster
    const informer = new Informer(client, KIND, { labelSelector: 'app=web', keep: () => true })
    const heard: string[] = []
    informer.onChange(({ type, object }) => heard.push(`${type} ${object.metadata.name}`))
    informer.start()
    await informer.synced
    const label = (app: string) => client.patch(configMapRef('labelled'), { metadata: { labels: { app } } })
    await client.create(configMapOf('labelled', {}, { labels: { app: 'api' } }))
    await label('web')
    await until(() => informer.size === 1)
    informer.observe(await label('api'))
    await until(() => informer.size === 0)
    informer.observe(await label('web'))
    await client.delete(configMapRef('labelled'))
    await until(() => heard.length === 4)
    assert.deepEqual(heard, ['added labelled', 'deleted labelled', 'added labelled', 'deleted labelled'])
    await informer.close()
  })
})
