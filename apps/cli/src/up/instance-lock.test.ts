import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { AlreadyRunning, takeInstanceLock } from './instance-lock.ts'

function lockPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'lock')
}

test('a lock is taken once, and again after it was released', t => {
  const path = lockPath(t)
  const lock = takeInstanceLock(path)
  assert.equal(readFileSync(path, 'utf8').split(' ')[0], String(process.pid))
  lock.release()
  assert.equal(existsSync(path), false)
  takeInstanceLock(path).release()
})

test('a second instance is refused with the process id of the first', t => {
  const path = lockPath(t)
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.after(() => other.kill('SIGKILL'))
  writeFileSync(path, `${other.pid}\n`)
  assert.throws(
    () => takeInstanceLock(path),
    (error: unknown) => {
      assert.ok(error instanceof AlreadyRunning)
      assert.match(error.message, new RegExp(`process ${other.pid}\\b`))
      return true
    },
  )
})

test('the lock of a dead process is taken over', t => {
  const path = lockPath(t)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(path, `${pid} 1\n`)
  takeInstanceLock(path).release()
})

test('a process id that now belongs to a younger process does not hold the lock', {
  skip: !existsSync('/proc/self/stat'),
}, t => {
  const path = lockPath(t)
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.after(() => other.kill('SIGKILL'))
  writeFileSync(path, `${other.pid} 1\n`)
  takeInstanceLock(path).release()
})

test('a lock file with anything else in it is no lock', t => {
  const path = lockPath(t)
  writeFileSync(path, 'garbage')
  takeInstanceLock(path).release()
})
