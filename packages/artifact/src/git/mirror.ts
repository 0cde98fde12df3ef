/**
 * A local bare repository that holds what was fetched from one remote: objects only, no references. Each fetch brings one
 * commit's tree and tells the server which commits we hold, so a push costs what it changes. Everything in it can be
 * fetched again: a mirror that grew long or went bad is simply started anew.
 */

import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectionFailure } from './connection-failure.ts'
import { fetchRequest } from './fetch-request.ts'
import { GitError, MirrorCorruptError } from './git-error.ts'
import { type GitCommit, parseCommit, parseTagTarget } from './git-object.ts'
import { startGit } from './git-process.ts'
import { HttpTransport } from './http-transport.ts'
import { ObjectReader } from './object-reader.ts'
import { packStream } from './pack-stream.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'
import type { GitRemote } from './remote.ts'

/** After so many fetches the mirror begins again with one pack. */
const MAX_PACKS = 50
/** How many of the commits we hold are told to the server. */
const MAX_HAVES = 32

export interface MirrorOptions {
  directory: string
  remote: GitRemote
  /** Largest pack that is taken, in bytes. */
  maxPackBytes: number
}

export class GitMirror {
  readonly remote: GitRemote
  readonly #directory: string
  readonly #maxPackBytes: number
  readonly #transport: HttpTransport
  readonly #reader: ObjectReader
  /** Commits whose whole tree is here, oldest first; `undefined` until the directory was looked at. */
  #held: string[] | undefined
  #packs = 0
  #turn: Promise<unknown> = Promise.resolve()
  /** Milliseconds since the epoch. */
  lastUsed = Date.now()

  constructor({ directory, remote, maxPackBytes }: MirrorOptions) {
    this.remote = remote
    this.#directory = directory
    this.#maxPackBytes = maxPackBytes
    this.#transport = new HttpTransport(remote)
    this.#reader = new ObjectReader(directory)
  }

  /** What the remote has now: exactly one request. */
  listRefs(signal: AbortSignal): Promise<RefAdvertisement> {
    this.lastUsed = Date.now()
    return this.#transport.listRefs(signal)
  }

  /** Runs `work` while nobody else changes the mirror. A corrupt mirror is thrown away and `work` tried once more. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      this.lastUsed = Date.now()
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof MirrorCorruptError)) throw error
        await this.#reset()
        return work()
      }
    }
    const mine = this.#turn.then(run, run)
    this.#turn = mine.catch(() => {})
    return mine
  }

  /** Brings commits (or tags) here that are missing. Only within {@link exclusively}. */
  async fetch(
    wants: string[],
    refs: RefAdvertisement,
    signal: AbortSignal,
    depth: number | undefined = 1,
  ): Promise<void> {
    const held = await this.#open()
    const missing: string[] = []
    for (const want of wants) if (!(await this.has(want))) missing.push(want)
    if (missing.length === 0) return
    if (this.#packs >= MAX_PACKS) {
      await this.#reset()
      return this.fetch(wants, refs, signal, depth)
    }
    const body = fetchRequest({ wants: missing, haves: held.slice(-MAX_HAVES), depth }, refs)
    await this.#receive(body, signal)
    this.#packs++
    if (depth !== undefined && refs.capabilities.has('shallow')) await this.#remember(missing)
  }

  async has(id: string): Promise<boolean> {
    await this.#open()
    return (await this.#reader.read(id)) !== undefined
  }

  /** The commit `id` is, or the one the tag `id` ends at. */
  async commit(id: string): Promise<GitCommit> {
    let at = id
    for (let hops = 0; hops < 10; hops++) {
      const object = await this.#reader.read(at)
      if (object?.type === 'commit') return parseCommit(at, object.content)
      if (object?.type !== 'tag')
        throw new MirrorCorruptError(`${at} is ${object?.type ?? 'missing'} where a commit is due`)
      at = parseTagTarget(at, object.content).id
    }
    throw new GitError(`tag ${id} points at a chain of more than 10 tags`)
  }

  tree(id: string): Promise<Buffer> {
    return this.#reader.expect(id, 'tree')
  }

  blob(id: string): Promise<Buffer> {
    return this.#reader.expect(id, 'blob')
  }

  close(): void {
    this.#reader.close()
    this.#transport.close()
  }

  /** Ends all work and deletes the mirror. */
  async remove(): Promise<void> {
    this.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #receive(body: string, signal: AbortSignal): Promise<void> {
    const response = await this.#transport.uploadPack(body, signal)
    const git = startGit(['index-pack', '--stdin', '--fix-thin'], this.#directory)
    git.child.stdout.resume()
    try {
      for await (const chunk of packStream(response, this.#maxPackBytes)) {
        if (!git.child.stdin.write(chunk)) await Promise.race([once(git.child.stdin, 'drain'), git.finished])
      }
      git.child.stdin.end()
      await git.finished
    } catch (error) {
      git.kill()
      response.destroy()
      if (error instanceof GitError && !signal.aborted) throw error
      throw connectionFailure(error, 'Post', `${this.remote.url}/git-upload-pack`, signal)
    }
  }

  async #open(): Promise<string[]> {
    if (this.#held) return this.#held
    await mkdir(join(this.#directory, 'objects', 'pack'), { recursive: true, mode: 0o700 })
    await mkdir(join(this.#directory, 'refs'), { recursive: true })
    await writeFile(join(this.#directory, 'HEAD'), 'ref: refs/heads/none\n')
    await writeFile(join(this.#directory, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
    this.#packs = (await readdir(join(this.#directory, 'objects', 'pack'))).filter(name =>
      name.endsWith('.pack'),
    ).length
    const shallow = await readFile(join(this.#directory, 'shallow'), 'utf8').catch(() => '')
    this.#held = shallow.split('\n').filter(line => /^[0-9a-f]{40}$/.test(line))
    return this.#held
  }

  /** Git's own `shallow` file is our record: it lists the commits that are here without their parents. */
  async #remember(ids: string[]): Promise<void> {
    const held = await this.#open()
    for (const id of ids) held.push((await this.commit(id)).id)
    await writeFile(join(this.#directory, 'shallow'), `${held.join('\n')}\n`)
  }

  async #reset(): Promise<void> {
    this.#reader.close()
    this.#held = undefined
    this.#packs = 0
    await rm(this.#directory, { recursive: true, force: true })
  }
}
