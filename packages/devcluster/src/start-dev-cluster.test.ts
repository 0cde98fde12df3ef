/** Starting, stopping, being killed, and starting again. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startDevCluster } from './start-dev-cluster.ts'
import { configMap, newDataDir, startTestServer } from './testing/test-server.ts'

const maps = '/api/v1/namespaces/default/configmaps'

describe('a dev cluster', () => {
  test('keeps its objects, its port and its authority over a restart, and expires old watches', async () => {
    const dataDir = newDataDir()
    const first = await startTestServer({ dataDir })
    await first.call('POST', maps, { body: configMap('kept') })
    const { resourceVersion } = (await first.call('GET', maps)).json.metadata
    await first.close()
    const second = await startTestServer({ dataDir })
    assert.equal(second.cluster.url, first.cluster.url)
    assert.equal(second.cluster.caPem, first.cluster.caPem)
    assert.equal((await second.call('GET', `${maps}/kept`)).status, 200)
    await second.call('POST', maps, { body: configMap('new') })
    const list = await second.call('GET', maps)
    assert.ok(Number(list.json.metadata.resourceVersion) > Number(resourceVersion))
    await second.close()
    rmSync(dataDir, { recursive: true })
  })

  test('is refused a directory in use, with the process id', async () => {
    const server = await startTestServer()
    await assert.rejects(
      startDevCluster({ dataDir: server.dataDir }),
      new RegExp(`in use by another dev cluster \\(process ${process.pid}\\)`),
    )
    await server.close()
  })

  test('keeps private keys to its owner', async () => {
    const server = await startTestServer()
    for (const name of ['ca.key', 'server.key', 'admin.key', 'tokens.key']) {
      assert.equal(statSync(join(server.dataDir, 'certificates', name)).mode & 0o777, 0o600)
    }
    await server.close()
  })

  test('killed in the middle of writes has everything it acknowledged', async () => {
    const dataDir = newDataDir()
    const program = new URL('./testing/run-writer.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.setEncoding('utf8')
    for await (const chunk of child.stdout) {
      printed += chunk
      if (printed.split('\n').length > 40) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')
    const acknowledged = printed.split('\n').slice(0, -1)
    assert.ok(acknowledged.length >= 40)
    const server = await startTestServer({ dataDir })
    const { json } = await server.call('GET', maps)
    const present = new Set(json.items.map((i: { metadata: { name: string } }) => i.metadata.name))
    assert.deepEqual(
      acknowledged.filter(name => !present.has(name)),
      [],
    )
    await server.close()
    rmSync(dataDir, { recursive: true })
  })
})
