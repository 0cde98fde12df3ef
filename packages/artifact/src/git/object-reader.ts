/**
 * Reads objects of a mirror through one persistent `git cat-file --batch`: requests are pipelined and answered in order,
 * so a thousand files cost one process and no wait between them. The process ends when it has been idle for a while.
 */
import { GitLimitError, GitProcessError, MirrorCorruptError } from './git-error.ts'
import { type GitChild, startGit } from './git-process.ts'
import type { PooledReader, ReaderPool } from './reader-pool.ts'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

export interface GitObject {
  id: string
  type: ObjectType
  content: Buffer
}

interface Waiting {
  id: string
  resolve(object: GitObject | undefined): void
  reject(error: Error): void
}

const IDLE_MS = 20_000
/** A larger file is not taken into memory; it has no place in what is deployed. */
const MAX_OBJECT_BYTES = 256 * 1024 * 1024

export class ObjectReader implements PooledReader {
  readonly #directory: string
  readonly #pool: ReaderPool
  #git: GitChild | undefined
  #waiting: Waiting[] = []
  #parts: Buffer[] = []
  #length = 0
  /** Bytes that must be there before looking again; spares scanning a large blob chunk by chunk. */
  #needed = 1
  #idle: NodeJS.Timeout | undefined

  constructor(directory: string, pool: ReaderPool) {
    this.#directory = directory
    this.#pool = pool
  }

  get busy(): boolean {
    return this.#waiting.length > 0
  }

  /** The object, or `undefined` when the mirror does not have it. */
  read(id: string): Promise<GitObject | undefined> {
    if (!/^[0-9a-f]{40}$/.test(id)) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const git = this.#start()
      this.#waiting.push({ id, resolve, reject })
      git.child.stdin.write(`${id}\n`)
    })
  }

  /** The object, which must be of this type. */
  async expect(id: string, type: ObjectType): Promise<Buffer> {
    const object = await this.read(id)
    if (!object) throw new MirrorCorruptError(`${type} ${id} is missing`)
    if (object.type !== type) throw new MirrorCorruptError(`object ${id} is a ${object.type} where a ${type} is due`)
    return object.content
  }

  /** Ends the process; whoever still waits gets an error. The next read starts a new one. */
  close(): void {
    this.#abandon(new GitProcessError('the mirror was closed'))
  }

  #abandon(error: Error): void {
    clearTimeout(this.#idle)
    const git = this.#git
    if (!git) return
    this.#git = undefined
    this.#pool.closed(this)
    const waiting = this.#waiting
    this.#waiting = []
    git.kill()
    for (const one of waiting) one.reject(error)
  }

  #start(): GitChild {
    clearTimeout(this.#idle)
    this.#idle = undefined
    if (this.#git) {
      if (!this.busy) this.#pool.used(this)
      return this.#git
    }
    const git = startGit(['cat-file', '--batch'], this.#directory)
    this.#git = git
    this.#pool.used(this)
    this.#parts = []
    this.#length = 0
    this.#needed = 1
    git.child.stdout.on('data', (chunk: Buffer) => this.#take(git, chunk))
    const ended = (error: Error) => {
      if (this.#git !== git) return
      this.#git = undefined
      this.#pool.closed(this)
      const waiting = this.#waiting
      this.#waiting = []
      for (const one of waiting) one.reject(error)
    }
    git.finished.then(() => ended(new GitProcessError('git cat-file ended while objects were asked for')), ended)
    return git
  }

  #take(git: GitChild, chunk: Buffer): void {
    if (this.#git !== git) return
    this.#parts.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#needed) return
    let buffer = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    for (;;) {
      const used = this.#answer(buffer)
      if (used === 0) break
      buffer = buffer.subarray(used)
    }
    this.#parts = buffer.length === 0 ? [] : [buffer]
    this.#length = buffer.length
    if (this.#waiting.length === 0) this.#rest()
  }

  /** Gives the first complete answer in `buffer` to who asked; the number of bytes it took, 0 when there is none. */
  #answer(buffer: Buffer): number {
    const newline = buffer.indexOf(10)
    if (newline < 0) {
      this.#needed = buffer.length + 1
      return 0
    }
    const header = buffer.toString('latin1', 0, newline)
    const [id = '', type = '', size = ''] = header.split(' ')
    if (type === 'missing') {
      this.#waiting.shift()?.resolve(undefined)
      this.#needed = 1
      return newline + 1
    }
    const end = newline + 1 + Number(size)
    if (!isObjectType(type) || !Number.isSafeInteger(end)) {
      this.#waiting.shift()?.reject(new MirrorCorruptError(`git cat-file answered ${JSON.stringify(header)}`))
      return newline + 1
    }
    if (Number(size) > MAX_OBJECT_BYTES) {
      const message = `${type} ${id} has ${size} bytes, more than the limit of ${MAX_OBJECT_BYTES} for one file`
      this.#abandon(new GitLimitError(message))
      return 0
    }
    if (buffer.length < end + 1) {
      this.#needed = end + 1
      return 0
    }
    this.#needed = 1
    this.#waiting.shift()?.resolve({ id, type, content: buffer.subarray(newline + 1, end) })
    return end + 1
  }

  #rest(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref()
  }
}

function isObjectType(text: string): text is ObjectType {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag'
}
