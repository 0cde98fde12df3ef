import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryLimit, watchMemory } from './memory-watch.ts'

test('tells once the share of the limit is reached, and not before', async () => {
  const looks = [10, 50, 94, 96]
  let looked = 0
  const usage = () => looks[looked++] ?? 100
  const keepAlive = setInterval(() => {}, 1000)
  const watch = watchMemory({ limit: 100, threshold: 95, interval: 1, usage })
  assert.deepEqual(await watch.reached, { used: 96, limit: 100 })
  assert.equal(looked, 4)
  clearInterval(keepAlive)
})

test('the limit is that of the cgroup, else of the pod, else there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-memory-'))
  const file = join(folder, 'memory.max')
  const limitWith = (text: string, environment: NodeJS.ProcessEnv) => {
    writeFileSync(file, text)
    return memoryLimit(environment, [file])
  }
  assert.equal(limitWith('1073741824\n', { MEMORY_LIMIT: '5' }), 1073741824)
  assert.equal(limitWith('max\n', { MEMORY_LIMIT: '536870912' }), 536870912)
  assert.equal(limitWith('9223372036854771712\n', {}), undefined)
  assert.equal(memoryLimit({}, [join(folder, 'nothing')]), undefined)
  rmSync(folder, { recursive: true })
})
