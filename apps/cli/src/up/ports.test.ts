import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { assignPorts } from './ports.ts'

function portsFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ports-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'ports.json')
}

test('parts get different ports, and the same ones on the next start', async t => {
  const path = portsFile(t)
  const first = await assignPorts(path, ['git', 'fleet', 'cluster-1'])
  assert.equal(new Set(first.values()).size, 3)
  assert.deepEqual(await assignPorts(path, ['git', 'fleet', 'cluster-1']), first)
})

test('a port that somebody else took is replaced', async t => {
  const path = portsFile(t)
  const first = await assignPorts(path, ['git'])
  const server = createServer().listen(first.get('git'), '127.0.0.1')
  t.after(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  assert.notEqual((await assignPorts(path, ['git'])).get('git'), first.get('git'))
})

test('a part that does not run this time keeps its port', async t => {
  const path = portsFile(t)
  const first = await assignPorts(path, ['git', 'cluster-2'])
  await assignPorts(path, ['git'])
  assert.deepEqual(await assignPorts(path, ['git', 'cluster-2']), first)
})

test('a damaged file counts as none', async t => {
  const path = portsFile(t)
  writeFileSync(path, '{')
  assert.equal((await assignPorts(path, ['git'])).size, 1)
})
