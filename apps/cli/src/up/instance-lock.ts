/**
 * One instance a data directory: a file that holds the process id of its owner, created atomically. The lock of a process that is gone, even when
 * its id went to another process since, is taken over.
 */
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'

export class AlreadyRunning extends Error {
  override name = 'AlreadyRunning'
}

export interface InstanceLock {
  release(): void
}

/** When a process began, in the kernel's ticks since boot; undefined where the system does not tell. Tells a reused id from the owner's. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
    return fields?.[19]
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is such a process, of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The owner's process id, when it still runs. */
function ownerOf(path: string): number | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const [id = '', began = ''] = text.trim().split(' ')
  const pid = Number(id)
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  const now = startOf(pid)
  return now !== undefined && began !== '' && now !== began ? undefined : pid
}

const isExisting = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST'

/** Throws AlreadyRunning, with the owner's process id, when another process holds the lock. */
export function takeInstanceLock(path: string, program = 'sluice up'): InstanceLock {
  // Linked into place when complete: nobody ever reads a half-written lock.
  const own = `${path}.${process.pid}`
  writeFileSync(own, `${process.pid} ${startOf(process.pid) ?? ''}\n`)
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(own, path)
        break
      } catch (error) {
        if (!isExisting(error) || attempt === 5) throw error
      }
      const owner = ownerOf(path)
      if (owner !== undefined && owner !== process.pid) {
        throw new AlreadyRunning(
          `another "${program}" (process ${owner}) uses this data directory. Stop it ("kill ${owner}"), or choose another with --data-dir.`,
        )
      }
      rmSync(path, { force: true })
    }
  } finally {
    unlinkSync(own)
  }
  return { release: () => rmSync(path, { force: true }) }
}
