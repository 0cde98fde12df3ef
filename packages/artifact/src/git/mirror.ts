/**
 * What was fetched from one remote, as a local bare repository: objects only, no references. Each fetch brings one
 * commit's tree and tells the server which commits we hold, so a push costs what it changes. Everything in it can be
 * fetched again: a mirror that grew long or went bad is simply started anew, as a new generation beside the old one, which
 * goes when its last reader is done.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchRequest } from './fetch-request.ts'
import { GitProcessError, MirrorCorruptError } from './git-error.ts'
import { MirrorGeneration, type MirrorView } from './mirror-generation.ts'
import type { ReaderPool } from './reader-pool.ts'
import { receivePack } from './receive-pack.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'
import type { GitRemote } from './remote.ts'
import { type GitTransport, transportFor } from './transport.ts'

/** After so many fetches the mirror begins again with one pack. */
const MAX_PACKS = 50
/** How many of the commits we hold are told to the server. */
const MAX_HAVES = 32

export interface MirrorOptions {
  directory: string
  remote: GitRemote
  /** Largest pack that is taken, in bytes. */
  maxPackBytes: number
  /** Bounds the processes of all mirrors. */
  readers: ReaderPool
}

export interface FetchOptions {
  /** Object ids of commits or tags that must be there. */
  wants: string[]
  refs: RefAdvertisement
  signal: AbortSignal
  /** Bring the whole history instead of the newest commit. */
  history?: boolean
}

export class GitMirror {
  readonly remote: GitRemote
  readonly #directory: string
  readonly #maxPackBytes: number
  readonly #readers: ReaderPool
  readonly #transport: GitTransport
  #current: Promise<MirrorGeneration> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Milliseconds since the epoch. */
  lastUsed = Date.now()

  constructor({ directory, remote, maxPackBytes, readers }: MirrorOptions) {
    this.#readers = readers
    this.remote = remote
    this.#directory = directory
    this.#maxPackBytes = maxPackBytes
    this.#transport = transportFor(remote)
  }

  /** What the remote has now: exactly one request. */
  listRefs(signal: AbortSignal): Promise<RefAdvertisement> {
    this.lastUsed = Date.now()
    return this.#transport.listRefs(signal)
  }

  /** Brings what is missing and runs `work` over it. When the mirror proves corrupt, once more over a new one. */
  async read<T>(options: FetchOptions, work: (view: MirrorView) => Promise<T>): Promise<T> {
    try {
      return await this.#readOnce(options, work)
    } catch (error) {
      if (!(error instanceof MirrorCorruptError)) throw error
      return this.#readOnce(options, work)
    }
  }

  async #readOnce<T>(options: FetchOptions, work: (view: MirrorView) => Promise<T>): Promise<T> {
    this.lastUsed = Date.now()
    const generation = await this.#inTurn(() => this.#fetched(options))
    try {
      return await work(generation)
    } catch (error) {
      if (error instanceof MirrorCorruptError) await this.#inTurn(() => this.#retire(generation))
      throw error
    } finally {
      await generation.release()
    }
  }

  close(): void {
    this.#transport.close()
    this.#current?.then(generation => generation.close()).catch(() => {})
    this.#current = undefined
  }

  /** Ends all work and deletes the mirror. */
  async remove(): Promise<void> {
    this.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work)
    this.#turn = mine.catch(() => {})
    return mine
  }

  /** The present generation with the wants in it, taken hold of. */
  async #fetched(options: FetchOptions): Promise<MirrorGeneration> {
    let generation = await this.#open()
    let missing = await generation.missing(options.wants)
    if (missing.length > 0 && generation.packs >= MAX_PACKS) {
      await this.#retire(generation)
      generation = await this.#open()
      missing = options.wants
    }
    generation.hold()
    try {
      if (missing.length > 0) await this.#bring(generation, missing, options)
      return generation
    } catch (error) {
      await generation.release()
      if (error instanceof MirrorCorruptError) await this.#retire(generation)
      throw error
    }
  }

  async #bring(generation: MirrorGeneration, wants: string[], options: FetchOptions): Promise<void> {
    const { refs, signal, history = false } = options
    const shallow = !history && refs.capabilities.has('shallow')
    const haves = shallow ? generation.held.slice(-MAX_HAVES) : []
    const body = fetchRequest({ wants, haves, depth: shallow ? 1 : undefined }, refs)
    const { directory } = generation
    const url = `${this.remote.url}/git-upload-pack`
    const response = await this.#transport.uploadPack(body, signal)
    try {
      await receivePack({ response, directory, maxBytes: this.#maxPackBytes, url, signal })
    } catch (error) {
      // What the pack builds upon is no longer here, perhaps: without it the server sends everything.
      if (error instanceof GitProcessError && haves.length > 0)
        throw new MirrorCorruptError(error.message, { cause: error })
      throw error
    }
    await generation.received(shallow ? wants : [])
  }

  #open(): Promise<MirrorGeneration> {
    if (!this.#current) {
      const opening = this.#newest().then(number => this.#at(number))
      this.#current = opening
      // A full disk now must not be remembered for ever.
      opening.catch(() => {
        if (this.#current === opening) this.#current = undefined
      })
    }
    return this.#current
  }

  #at(number: number): Promise<MirrorGeneration> {
    return MirrorGeneration.open(join(this.#directory, String(number)), this.#readers)
  }

  /** Number of the newest generation on disk; older ones are leftovers of a crash. */
  async #newest(): Promise<number> {
    const numbers = (await readdir(this.#directory).catch(() => [])).map(Number).filter(Number.isSafeInteger)
    const newest = Math.max(1, ...numbers)
    for (const number of numbers) {
      if (number < newest) await rm(join(this.#directory, String(number)), { recursive: true, force: true })
    }
    return newest
  }

  async #retire(generation: MirrorGeneration): Promise<void> {
    if ((await this.#current) !== generation) return
    const next = Number(generation.directory.slice(this.#directory.length + 1)) + 1
    this.#current = this.#at(next)
    await this.#current
    await generation.retire()
  }
}
