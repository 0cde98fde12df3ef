/**
 * Artifacts on disk as Flux lays them out: `<kind>/<namespace>/<name>/<file>`, written whole or not at all, checked against
 * their digest before they are relied on, garbage collected by age and number.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, type Stats } from 'node:fs'
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Artifact } from '@sluice/api'
import type { DirectoryNode } from './content.ts'
import type { MemoryTree } from './file-tree.ts'
import { garbageFiles } from './garbage.ts'
import type { IgnoreFilter } from './ignore.ts'
import { pack } from './pack.ts'
import type { TreeCache } from './tree-cache.ts'
import { untar } from './untar.ts'

export interface StoreOptions {
  root: string
  /** Where consumers reach the server: `host:port`, or with `http://` or `https://` before it. */
  address: string
  trees: TreeCache
  /** Age after which a replaced artifact goes, in milliseconds. Default one minute. */
  retentionTtlMs?: number
  /** How many artifacts of an object are kept at most. Default 2. */
  retentionRecords?: number
  /** Largest sum of file sizes in an artifact, in bytes. Default 512 MiB. */
  maxContentBytes?: number
}

export interface ArtifactName {
  kind: string
  namespace: string
  name: string
  revision: string
  /** File name, such as `<commit>.tar.gz`. */
  file: string
}

/** The stored bytes are not those the artifact promises. */
export class ArtifactIntegrityError extends Error {
  override name = 'ArtifactIntegrityError'
}

/** Packed content up to this size is kept as a tree at once, in bytes. */
const KEEP_BYTES = 32 * 1024 * 1024

export class ArtifactStore {
  readonly root: string
  /** May change while running; every reconcile writes the present one into the status. */
  address: string
  readonly #trees: TreeCache
  readonly #retentionTtlMs: number
  readonly #retentionRecords: number
  readonly #maxContentBytes: number
  /** Path to the digest its bytes had, with what the file looked like then. */
  readonly #verified = new Map<string, { digest: string; mark: string }>()
  /** Digest to a path that was last stored with it. */
  readonly #byDigest = new Map<string, string>()

  constructor(options: StoreOptions) {
    this.root = resolve(options.root)
    this.address = options.address
    this.#trees = options.trees
    this.#retentionTtlMs = options.retentionTtlMs ?? 60_000
    this.#retentionRecords = options.retentionRecords ?? 2
    this.#maxContentBytes = options.maxContentBytes ?? 512 * 1024 * 1024
  }

  urlOf(path: string): string {
    return `${/^https?:\/\//.test(this.address) ? this.address : `http://${this.address}`}/${path}`
  }

  /** Packs content into storage. Atomic: a reader finds the former file or the new one, and a crash leaves no half. */
  async write(name: ArtifactName, content: DirectoryNode, ignore: IgnoreFilter | undefined): Promise<Artifact> {
    const path = `${name.kind.toLowerCase()}/${name.namespace}/${name.name}/${name.file}`
    const target = this.#localPath(path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const temporary = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`)
    const output = createWriteStream(temporary, { mode: 0o600, flush: true })
    try {
      const packed = await pack(content, output, { ignore, maxBytes: this.#maxContentBytes, keepBytes: KEEP_BYTES })
      await rename(temporary, target)
      await syncDirectory(dirname(target))
      if (packed.tree) this.#trees.put(packed.digest, packed.tree)
      this.#verified.set(path, { digest: packed.digest, mark: markOf(await stat(target)) })
      return {
        path,
        url: this.urlOf(path),
        revision: name.revision,
        digest: packed.digest,
        lastUpdateTime: now(),
        size: packed.size,
      }
    } catch (error) {
      // A file that is still being opened would appear after it was removed.
      output.destroy()
      if (!output.closed) await once(output, 'close')
      await rm(temporary, { force: true })
      throw error
    }
  }

  /**
   * Puts bytes into storage as they are. Atomic like {@link write}. Equal bytes that are stored already are linked to
   * rather than written again: a thousand releases of one chart have one archive.
   */
  async writeBytes(name: ArtifactName, bytes: Uint8Array): Promise<Artifact> {
    const path = `${name.kind.toLowerCase()}/${name.namespace}/${name.name}/${name.file}`
    const target = this.#localPath(path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const temporary = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    try {
      const linked = await this.#linkTo(digest, temporary)
      if (!linked) await writeFile(temporary, bytes, { mode: 0o600, flush: true })
      await rename(temporary, target)
      // A name that a crash takes away is missed and made again; for a link that costs nothing.
      if (!linked) await syncDirectory(dirname(target))
      this.#verified.set(path, { digest, mark: markOf(await stat(target)) })
      this.#byDigest.set(digest, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    return { path, url: this.urlOf(path), revision: name.revision, digest, lastUpdateTime: now(), size: bytes.length }
  }

  /** Points `name`, beside the artifact, at it; its URL. A reader finds the former artifact or this one. */
  async link(artifact: Artifact, name: string): Promise<string> {
    const local = this.#localPath(artifact.path)
    const temporary = join(dirname(local), `.${randomBytes(6).toString('hex')}.tmp`)
    await symlink(basename(local), temporary)
    await rename(temporary, join(dirname(local), name))
    return this.urlOf(`${dirname(artifact.path)}/${name}`)
  }

  async exists(artifact: Artifact): Promise<boolean> {
    const found = await stat(this.#localPath(artifact.path)).catch(() => undefined)
    return found?.isFile() ?? false
  }

  /** @throws {ArtifactIntegrityError} when the stored bytes are others. A file not touched since is not read again. */
  async verify(artifact: Artifact): Promise<void> {
    const local = this.#localPath(artifact.path)
    const mark = markOf(await stat(local))
    const known = this.#verified.get(artifact.path)
    const digest = known?.mark === mark ? known.digest : await digestOf(local)
    this.#verified.set(artifact.path, { digest, mark })
    if (digest !== artifact.digest) {
      throw new ArtifactIntegrityError(`computed digest doesn't match '${artifact.digest}'`)
    }
  }

  async remove(artifact: Artifact): Promise<void> {
    this.#forget(artifact.path)
    await rm(this.#localPath(artifact.path), { force: true })
  }

  /** Removes all of an object; false when there was nothing. */
  async removeAll(kind: string, namespace: string, name: string): Promise<boolean> {
    const path = `${kind.toLowerCase()}/${namespace}/${name}`
    const local = this.#localPath(path)
    if (!(await stat(local).catch(() => undefined))) return false
    await rm(local, { recursive: true, force: true })
    for (const known of this.#verified.keys()) if (known.startsWith(`${path}/`)) this.#forget(known)
    return true
  }

  /** Removes what the retention rules no longer keep beside the current artifact; the names of the files. */
  async collectGarbage(artifact: Artifact): Promise<string[]> {
    const local = this.#localPath(artifact.path)
    const directory = dirname(local)
    const names = await readdir(directory).catch(() => [])
    // The usual case costs one directory listing.
    if (names.length <= 1) return []
    const files: { name: string; modifiedAt: number }[] = []
    for (const name of names) {
      // Links to the current file stay.
      const found = await lstat(join(directory, name)).catch(() => undefined)
      if (found?.isFile()) files.push({ name, modifiedAt: found.mtimeMs })
    }
    const garbage = garbageFiles(files, {
      current: basename(local),
      now: Date.now(),
      ttlMs: this.#retentionTtlMs,
      records: this.#retentionRecords,
    })
    for (const name of garbage) {
      this.#forget(`${dirname(artifact.path)}/${name}`)
      await unlink(join(directory, name)).catch(() => {})
    }
    return garbage
  }

  /** The artifact's bytes. @throws {ArtifactIntegrityError} when they are others than it promises */
  async bytes(artifact: Artifact): Promise<Uint8Array> {
    await this.verify(artifact)
    return readFile(this.#localPath(artifact.path))
  }

  /** The artifact's files, from memory when any consumer had them lately. */
  tree(artifact: Artifact): Promise<MemoryTree> {
    return this.#trees.get(artifact.digest, async () => {
      await this.verify(artifact)
      return untar(await readFile(this.#localPath(artifact.path)), { maxBytes: this.#maxContentBytes })
    })
  }

  /** The digest a stored file is known to have, by its path; no reading. */
  knownDigest(path: string): string | undefined {
    return this.#verified.get(path)?.digest
  }

  #forget(path: string): void {
    const known = this.#verified.get(path)
    this.#verified.delete(path)
    if (known && this.#byDigest.get(known.digest) === path) this.#byDigest.delete(known.digest)
  }

  /** Whether a file was linked at `path` that has the bytes of this digest. */
  async #linkTo(digest: string, path: string): Promise<boolean> {
    const stored = this.#byDigest.get(digest)
    const known = stored === undefined ? undefined : this.#verified.get(stored)
    if (stored === undefined || known?.digest !== digest) return false
    try {
      const local = this.#localPath(stored)
      if (markOf(await stat(local)) !== known.mark) return false
      await link(local, path)
      return true
    } catch {
      // Gone meanwhile, or a file system without links, or too many of them: written as usual.
      return false
    }
  }

  #localPath(path: string): string {
    const local = resolve(this.root, path)
    if (!local.startsWith(this.root + sep)) throw new Error(`artifact path '${path}' leaves the storage`)
    return local
  }
}

function markOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs}:${size}:${ino}`
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return `sha256:${hash.digest('hex')}`
}

/** Makes the rename itself durable. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}
