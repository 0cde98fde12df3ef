/**
 * The store: what is written is sealed, cannot be swapped, survives a killed process, and outlives a change of keys.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { connectTestCluster } from '../testing/test-agent.ts'
import { at, startTestFleet, type TestFleet } from '../testing/test-fleet.ts'
import { KeyFileError } from './keyring.ts'
import { rotateKeys } from './rotate-keys.ts'
import { openBox, SealBrokenError, type SealingKey, sealBox } from './sealed-box.ts'
import { openStore } from './store.ts'

const VERSION = 'api-version=2025-04-01'

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-store-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const key = (id: string, fill: number): SealingKey => ({ id, key: Buffer.alloc(32, fill) })

test('what is sealed opens with the same key and context only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
      const box = sealBox(text, context, key('k', 1))
      assert.equal(
        openBox(box, context, () => key('k', 1)),
        text,
      )
      assert.throws(() => openBox(box, `${context}x`, () => key('k', 1)), SealBrokenError)
      assert.throws(() => openBox(box, context, () => key('k', 2)), SealBrokenError)
    }),
    { numRuns: 50 },
  )
})

test('a changed byte is noticed', () => {
  const box = sealBox('text', 'row', key('k', 1))
  for (let index = 2; index < box.length; index++) {
    const changed = box.slice(0, index) + (box[index] === 'A' ? 'B' : 'A') + box.slice(index + 1)
    // The last letter of base64 may carry bits that do not count.
    if (Buffer.from(changed.slice(2), 'base64url').equals(Buffer.from(box.slice(2), 'base64url'))) continue
    assert.throws(() => openBox(changed, 'row', () => key('k', 1)), SealBrokenError)
  }
})

async function fleetWithSecret(t: TestContext): Promise<TestFleet & { path(name: string): string }> {
  const tested = await startTestFleet()
  t.after(() => tested.stop())
  const { clusterId } = await connectTestCluster(tested, 'one')
  const path = (name: string) =>
    `${clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/${name}?${VERSION}`
  for (const name of ['secretive', 'second']) {
    const answer = await tested.call('PUT', path(name), {
      properties: {
        gitRepository: {
          url: `https://git.example.com/${name}-repository.git`,
          repositoryRef: { branch: 'main' },
          httpsUser: 'bot',
        },
        kustomizations: { apps: {} },
        configurationProtectedSettings: { httpsKey: 'dmVyeS1zZWNyZXQ=' },
      },
    })
    assert.equal(answer.status, 201)
  }
  return Object.assign(tested, { path })
}

test('nothing of a body or a secret is readable in the files, and only their owner may read them', async t => {
  const tested = await fleetWithSecret(t)
  const { dataDir } = tested
  for (const file of readdirSync(dataDir)) {
    const path = join(dataDir, file)
    if (!statSync(path).isFile()) continue
    const bytes = readFileSync(path).toString('latin1')
    for (const secret of ['dmVyeS1zZWNyZXQ=', 'very-secret', 'secretive-repository', 'owner-secret']) {
      assert.ok(!bytes.includes(secret), `${secret} in ${file}`)
    }
    assert.equal(statSync(path).mode & 0o077, 0, `${file} is readable by others`)
  }
})

test('a value moved to another row does not open, and the answer says nothing of it', async t => {
  const tested = await fleetWithSecret(t)
  const database = new DatabaseSync(join(tested.dataDir, 'fleet.db'))
  database.exec(
    "UPDATE resources SET body_sealed = (SELECT body_sealed FROM resources WHERE name = 'second') WHERE name = 'secretive'",
  )
  database.close()
  const answer = await tested.call('GET', tested.path('secretive'))
  assert.equal(answer.status, 500)
  assert.equal(at(answer.body, 'error.code'), 'InternalServerError')
  assert.equal((await tested.call('GET', tested.path('second'))).status, 200)
})

test('a key file that others can read, or that is gone, is refused with the cure', async t => {
  const dir = directory(t)
  await (await openStore(dir)).close()
  chmodSync(join(dir, 'keys.json'), 0o644)
  await assert.rejects(
    openStore(dir),
    (error: Error) => error instanceof KeyFileError && /chmod 600/.test(error.message),
  )
  rmSync(join(dir, 'keys.json'))
  await assert.rejects(openStore(dir), (error: Error) => error instanceof KeyFileError && /backup/.test(error.message))
})

test('after a rotation everything is sealed with the new key, and the old one is gone', async t => {
  const tested = await fleetWithSecret(t)
  await tested.fleet.close()
  const store = await openStore(tested.dataDir)
  const before = store.keyring.currentKeyId()
  assert.ok((await rotateKeys(store)) > 4)
  const after = store.keyring.currentKeyId()
  assert.notEqual(after, before)
  for (const row of await store.db.selectFrom('resources').selectAll().execute()) {
    for (const box of [row.body_sealed, row.protected_sealed, row.status_sealed]) {
      assert.ok(box === null || box.startsWith(`${after}.`))
    }
  }
  const left = await store.db.selectFrom('data_keys').select('id').execute()
  assert.deepEqual(
    left.map(row => row.id),
    [after],
  )
  await store.close()
  await tested.restart()
  const got = await tested.call('GET', tested.path('secretive'))
  assert.equal(at(got.body, 'properties.gitRepository.httpsUser'), 'bot')
})

test('what was acknowledged is there after kill -9, and nothing half done is', async t => {
  const dir = directory(t)
  const writer = fileURLToPath(new URL('../testing/killable-writer.ts', import.meta.url))
  for (const killAfter of [1, 7, 20]) {
    const acknowledged: string[] = []
    const child = spawn(process.execPath, [writer, dir, String(killAfter)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let pending = ''
    for await (const part of child.stdout) {
      pending += part.toString()
      const lines = pending.split('\n')
      pending = lines.pop() ?? ''
      acknowledged.push(...lines)
      if (acknowledged.length >= killAfter && !child.killed) child.kill('SIGKILL')
    }
    assert.ok(acknowledged.length >= killAfter)
    const store = await openStore(dir)
    const rows = await store.db.selectFrom('subscriptions').select('subscription_key').execute()
    const groups = await store.db.selectFrom('resource_groups').select('subscription_key').execute()
    const found = new Set(rows.map(row => row.subscription_key))
    for (const one of acknowledged) assert.ok(found.has(one), `${one} was acknowledged and is lost`)
    assert.deepEqual(
      new Set(groups.map(row => row.subscription_key)),
      found,
      'a transaction is there as a whole or not at all',
    )
    await store.close()
  }
})
