import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SupervisedProcess } from './supervised-process.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-process-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Answers when the log holds `text`; polled, since the process writes the file by itself. */
async function logged(path: string, text: string): Promise<void> {
  for (;;) {
    try {
      if (readFileSync(path, 'utf8').includes(text)) return
    } catch {
      // Not there yet.
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

const waiting = "console.log('up ' + process.pid); setInterval(() => {}, 1000)"

test('a process that is killed is started again', async t => {
  const logFile = join(folder(t), 'log')
  const ends: string[] = []
  const part = new SupervisedProcess({
    name: 'part',
    command: [process.execPath, '-e', waiting],
    logFile,
    onExit: how => ends.push(how),
  }).start()
  t.after(() => part.stop())
  const first = part.pid
  assert.ok(first)
  await logged(logFile, `up ${first}\n`)
  process.kill(first, 'SIGKILL')
  while (part.pid === undefined || part.pid === first) await new Promise(resolve => setTimeout(resolve, 10))
  await logged(logFile, `up ${part.pid}\n`)
  assert.deepEqual(ends, ['SIGKILL'])
})

test('stop ends the process and does not start it again', async t => {
  const logFile = join(folder(t), 'log')
  const ends: string[] = []
  const part = new SupervisedProcess({
    name: 'part',
    command: [process.execPath, '-e', waiting],
    logFile,
    onExit: how => ends.push(how),
  }).start()
  await logged(logFile, 'up ')
  await part.stop()
  assert.equal(part.pid, undefined)
  assert.deepEqual(ends, [])
})

test('pauses grow while a process dies at once', async t => {
  const logFile = join(folder(t), 'log')
  const pauses: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const part = new SupervisedProcess({
    name: 'part',
    command: [process.execPath, '-e', 'process.exit(3)'],
    logFile,
    onExit: (how, pause) => {
      assert.equal(how, 'exit code 3')
      pauses.push(pause)
      if (pauses.length === 3) resolve()
    },
  }).start()
  t.after(() => part.stop())
  await promise
  assert.deepEqual(pauses, [200, 400, 800])
})

test('a program that does not exist is reported like a death', async t => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const part = new SupervisedProcess({
    name: 'part',
    command: [join(folder(t), 'no-such-program')],
    logFile: join(folder(t), 'log'),
    onExit: how => resolve(how),
  }).start()
  t.after(() => part.stop())
  assert.match(await promise, /ENOENT/)
})

test('nothing survives a parent that was killed', async t => {
  const own = folder(t)
  const parent = join(own, 'parent.ts')
  const child = join(own, 'child.ts')
  const logFile = join(own, 'log')
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)
  writeFileSync(
    child,
    `import { exitWithParent } from ${module('../exit-with-parent.ts')}\nexitWithParent()\n${waiting}`,
  )
  writeFileSync(
    parent,
    `import { SupervisedProcess } from ${module('./supervised-process.ts')}
new SupervisedProcess({ name: 'c', command: [process.execPath, ${JSON.stringify(child)}], logFile: ${JSON.stringify(logFile)} }).start()`,
  )
  const running = spawn(process.execPath, [parent], { stdio: 'inherit' })
  await logged(logFile, 'up ')
  const pid = Number(/up (\d+)/.exec(readFileSync(logFile, 'utf8'))?.[1])
  running.kill('SIGKILL')
  await once(running, 'exit')
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  while (alive()) await new Promise(resolve => setTimeout(resolve, 10))
})
