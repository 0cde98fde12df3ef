/**
 * One directory of a mirror's objects. Counts its readers, so that it is deleted only when it was replaced and nobody
 * reads it any more.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GitError, MirrorCorruptError } from './git-error.ts'
import { type GitCommit, parseCommit, parseTagTarget } from './git-object.ts'
import { type GitObject, ObjectReader } from './object-reader.ts'
import type { ReaderPool } from './reader-pool.ts'

/** What can be read while a mirror is held. */
export interface MirrorView {
  has(id: string): Promise<boolean>
  /** The commit `id` is, or the one the tag `id` ends at. */
  commit(id: string): Promise<GitCommit>
  tree(id: string): Promise<Buffer>
  blob(id: string): Promise<Buffer>
  /** The object as it is, of whatever type. */
  object(id: string): Promise<GitObject | undefined>
}

export class MirrorGeneration implements MirrorView {
  readonly directory: string
  /** Commits whose whole tree is here though not their parents, oldest first. */
  readonly held: string[]
  packs: number
  readonly #reader: ObjectReader
  #holders = 0
  #retired = false

  private constructor(directory: string, held: string[], packs: number, pool: ReaderPool) {
    this.directory = directory
    this.held = held
    this.packs = packs
    this.#reader = new ObjectReader(directory, pool)
  }

  /** Opens the directory, which is made when it is not there. */
  static async open(directory: string, pool: ReaderPool): Promise<MirrorGeneration> {
    const packs = join(directory, 'objects', 'pack')
    await mkdir(packs, { recursive: true, mode: 0o700 })
    await mkdir(join(directory, 'refs'), { recursive: true })
    await writeFile(join(directory, 'HEAD'), 'ref: refs/heads/none\n')
    await writeFile(join(directory, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
    const names = await readdir(packs)
    // What a killed `git index-pack` left.
    for (const name of names) if (name.startsWith('tmp_')) await rm(join(packs, name), { force: true })
    const shallow = await readFile(join(directory, 'shallow'), 'utf8').catch(() => '')
    const held = shallow.split('\n').filter(line => /^[0-9a-f]{40}$/.test(line))
    return new MirrorGeneration(directory, held, names.filter(name => name.endsWith('.pack')).length, pool)
  }

  hold(): void {
    this.#holders++
  }

  async release(): Promise<void> {
    this.#holders--
    if (this.#retired && this.#holders === 0) await this.#delete()
  }

  /** It was replaced: delete it as soon as nobody holds it. */
  async retire(): Promise<void> {
    this.#retired = true
    if (this.#holders === 0) await this.#delete()
  }

  close(): void {
    this.#reader.close()
  }

  async missing(ids: string[]): Promise<string[]> {
    const there = await Promise.all(ids.map(id => this.has(id)))
    return ids.filter((_id, index) => !there[index])
  }

  /** A pack came in; of `complete` commits (or tags) the whole tree is here now. Git's own `shallow` file is the record. */
  async received(complete: string[]): Promise<void> {
    this.packs++
    if (complete.length === 0) return
    for (const id of complete) this.held.push((await this.commit(id)).id)
    const file = join(this.directory, 'shallow')
    await writeFile(`${file}.tmp`, `${this.held.join('\n')}\n`)
    await rename(`${file}.tmp`, file)
  }

  async has(id: string): Promise<boolean> {
    return (await this.#reader.read(id)) !== undefined
  }

  async commit(id: string): Promise<GitCommit> {
    let at = id
    for (let hops = 0; hops < 10; hops++) {
      const object = await this.#reader.read(at)
      if (object?.type === 'commit') return parseCommit(at, object.content)
      if (object?.type !== 'tag') {
        throw new MirrorCorruptError(`${at} is ${object?.type ?? 'missing'} where a commit is due`)
      }
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

  object(id: string): Promise<GitObject | undefined> {
    return this.#reader.read(id)
  }

  async #delete(): Promise<void> {
    this.#reader.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}
