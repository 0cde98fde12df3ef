/**
 * Reads what a kustomization names, relative to its directory, under the rules that keep a build inside its root; and remembers every look, so that
 * a controller can tell later whether a new revision changes anything the build saw.
 */
import { createHash } from 'node:crypto'
import { baseName, type FileTree, isWithin, joined, normalized, parentOf } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

export type LoadRestrictor = 'LoadRestrictionsRootOnly' | 'LoadRestrictionsNone'

/** What a build looked at. A file or listing that was not there is kept as null. */
export interface ReadRecord {
  /** SHA-256 in hex of each file, by path. */
  files: Map<string, string | null>
  /** SHA-256 in hex of each directory's sorted listing, by path. */
  directories: Map<string, string | null>
}

export interface LoadedFile {
  path: string
  bytes: Uint8Array
  digest: string
}

const decoder = new TextDecoder()

export function textOfFile(file: LoadedFile): string {
  return decoder.decode(file.bytes)
}

/** Fetches what a build names by URL; the caller has it all at hand before the build begins. */
export interface RemoteResolver {
  /** The tree and the directory in it for a repository URL such as `https://host/org/repo//path?ref=v1`. */
  directory?(url: string): { tree: FileTree; path: string; repo: string; ref: string } | undefined
  /** The content behind a plain http(s) URL. */
  file?(url: string): Uint8Array | undefined
}

interface LoaderState {
  record: ReadRecord
  restrictor: LoadRestrictor
  remote: RemoteResolver | undefined
}

export class Loader {
  readonly root: string
  readonly tree: FileTree
  private readonly state: LoaderState
  /** Directories that are being built, outermost first. */
  private readonly stack: readonly string[]
  /** Set inside a fetched repository: nothing outside of it may be read. */
  private readonly repository: string | undefined
  readonly origin: { repo: string; ref: string } | undefined

  private constructor(
    root: string,
    tree: FileTree,
    state: LoaderState,
    stack: readonly string[],
    repository?: string,
    origin?: { repo: string; ref: string },
  ) {
    this.root = root
    this.tree = tree
    this.state = state
    this.stack = [...stack, root]
    this.repository = repository
    this.origin = origin
  }

  static at(path: string, tree: FileTree, state: LoaderState): Loader {
    const root = normalized(path)
    if (!tree.readDirectory(root)) {
      const why = tree.readFile(root) ? `'${root}' is not a directory` : `'${root}' doesn't exist`
      throw new KustomizeError(`must build at directory: not a valid directory: ${why}`, { file: root })
    }
    return new Loader(tree.realPath?.(root) ?? root, tree, state, [])
  }

  /** The content of a file named in this kustomization. Throws when it is missing or not allowed. */
  load(path: string): LoadedFile {
    if (isFileUrl(path)) return this.loadUrl(path)
    const full = this.resolve(path)
    const file = this.tryRead(full)
    if (!file) {
      const what = this.tree.readDirectory(full)
        ? `'${full}' must resolve to a file`
        : `open ${full}: no such file or directory`
      throw new KustomizeError(what, { file: full })
    }
    return file
  }

  /** The content of a file, undefined when it is not there. */
  tryRead(full: string): LoadedFile | undefined {
    const bytes = this.tree.readFile(full)
    const digest = bytes && createHash('sha256').update(bytes).digest('hex')
    this.state.record.files.set(full, digest ?? null)
    return bytes && digest !== undefined ? { path: full, bytes, digest } : undefined
  }

  /** The full path of a file named here, checked against the load restriction. */
  resolve(path: string): string {
    if (path === '') throw new KustomizeError('unable to load an empty path', { file: this.root })
    const full = joined(this.root, path)
    const real = this.tree.realPath?.(full) ?? full
    const limit =
      this.repository !== undefined
        ? this.root
        : this.state.restrictor === 'LoadRestrictionsNone'
          ? undefined
          : this.root
    if (limit !== undefined && !isWithin(real, limit)) {
      throw new KustomizeError(
        `security; file '${full}' is not in or below '${this.root}' (move it there, make its directory a base of its own, or build with --load-restrictor LoadRestrictionsNone)`,
        { file: full },
      )
    }
    return real
  }

  /** A loader for a directory, or repository, that this kustomization names. */
  enter(path: string): Loader {
    if (path === '') throw new KustomizeError('new root cannot be empty')
    if (isRemote(path)) return this.enterRepository(path)
    if (path.startsWith('/')) throw new KustomizeError(`new root '${path}' cannot be absolute`)
    const full = joined(this.root, path)
    const real = this.tree.realPath?.(full) ?? full
    if (this.repository !== undefined && !isWithin(real, this.repository)) {
      throw new KustomizeError(
        `security; bases in kustomizations found in cloned git repos must be within the repo, but base '${real}' is outside '${this.repository}'`,
      )
    }
    if (!this.tree.readDirectory(real)) {
      const why = this.tree.readFile(real)
        ? `'${real}' is a file, not a directory`
        : real.startsWith('..')
          ? `'${path}' leads out of the source; a base must lie inside it`
          : `'${real}' doesn't exist`
      throw new KustomizeError(`must build at directory: not a valid directory: ${why}`, { file: full })
    }
    for (const visited of this.stack) {
      if (isWithin(visited, real)) {
        throw new KustomizeError(`cycle detected: candidate root '${real}' contains visited root '${visited}'`, {
          file: real,
        })
      }
    }
    return new Loader(real, this.tree, this.state, this.stack, this.repository, this.origin)
  }

  private enterRepository(url: string): Loader {
    const found = this.remote('directory', url)
    const key = `${url.split('?')[0]}`
    if (this.stack.includes(key))
      throw new KustomizeError(`cycle detected: URI '${url}' referenced by previous URI '${key}'`)
    const root = normalized(found.path)
    if (!found.tree.readDirectory(root)) {
      throw new KustomizeError(`'${found.path}' in ${url} is not a directory`)
    }
    return new Loader(root, found.tree, this.state, [...this.stack, key], '', { repo: found.repo, ref: found.ref })
  }

  private loadUrl(url: string): LoadedFile {
    const bytes = this.remote('file', url)
    return { path: url, bytes, digest: createHash('sha256').update(bytes).digest('hex') }
  }

  private remote<K extends 'directory' | 'file'>(
    kind: K,
    url: string,
  ): NonNullable<ReturnType<NonNullable<RemoteResolver[K]>>> {
    const resolve: ((url: string) => unknown) | undefined = this.state.remote?.[kind]
    const found = resolve?.(url) as ReturnType<NonNullable<RemoteResolver[K]>>
    if (found) return found
    throw new KustomizeError(
      this.state.remote
        ? `'${url}' was not fetched before the build`
        : `remote ${kind === 'file' ? 'resource' : 'base'} '${url}' is not allowed here: copy it into the source`,
      { file: `${this.root}/kustomization.yaml` },
    )
  }

  /** Lists a directory and records the listing. */
  list(path: string): ReturnType<FileTree['readDirectory']> {
    const listing = this.tree.readDirectory(path)
    this.state.record.directories.set(path, listing ? listingDigest(listing) : null)
    return listing
  }

  nameOf(path: string): string {
    return baseName(path)
  }

  get parent(): string {
    return parentOf(this.root)
  }
}

/** SHA-256 in hex over the names and kinds of a directory, sorted. */
export function listingDigest(listing: readonly { name: string; kind: string }[]): string {
  const lines = listing.map(entry => `${entry.kind} ${entry.name}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

function isFileUrl(path: string): boolean {
  return /^https?:\/\//i.test(path)
}

/** Whether kustomize would clone this: URLs, scp-like addresses and the github.com shorthand. */
export function isRemote(path: string): boolean {
  return /^(?:git::|[a-z]+:\/\/|[a-zA-Z][a-zA-Z0-9-]*@[^/]+[:/]|github\.com[:/])/i.test(path)
}
