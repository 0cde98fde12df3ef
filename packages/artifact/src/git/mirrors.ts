/**
 * All mirrors of a process, one a remote (URL and credentials), each shared by every object that names the same remote.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GitMirror } from './mirror.ts'
import { ReaderPool } from './reader-pool.ts'
import { type GitRemote, remoteIdentity } from './remote.ts'

export interface MirrorsOptions {
  /** Directory that belongs to this process alone. */
  root: string
  /** Largest pack that is taken from a server, in bytes. Default 1 GiB. */
  maxPackBytes?: number
}

export class GitMirrors {
  readonly #root: string
  readonly #maxPackBytes: number
  readonly #readers = new ReaderPool()
  readonly #mirrors = new Map<string, GitMirror>()

  constructor({ root, maxPackBytes = 1024 ** 3 }: MirrorsOptions) {
    this.#root = root
    this.#maxPackBytes = maxPackBytes
  }

  open(remote: GitRemote): GitMirror {
    const id = remoteIdentity(remote)
    let mirror = this.#mirrors.get(id)
    if (!mirror) {
      const directory = join(this.#root, id)
      mirror = new GitMirror({ directory, remote, maxPackBytes: this.#maxPackBytes, readers: this.#readers })
      this.#mirrors.set(id, mirror)
    }
    mirror.lastUsed = Date.now()
    return mirror
  }

  /** Deletes the mirrors that nobody opened since `before` (milliseconds since the epoch), also those of earlier runs. */
  async prune(before: number): Promise<void> {
    for (const [id, mirror] of this.#mirrors) {
      if (mirror.lastUsed >= before) continue
      this.#mirrors.delete(id)
      await mirror.remove()
    }
    await mkdir(this.#root, { recursive: true })
    for (const name of await readdir(this.#root)) {
      if (!this.#mirrors.has(name)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  close(): void {
    for (const mirror of this.#mirrors.values()) mirror.close()
    this.#mirrors.clear()
  }
}
