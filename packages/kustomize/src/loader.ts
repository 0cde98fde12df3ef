/**
 * Reads what a kustomization names, relative to its directory, under the rules that keep a build inside its root.
 */
import { type DirectoryEntry, type FileTree, isWithin, joined, normalized, parentOf } from './file-tree.ts'
import { kustomizationFileNames } from './kustomization-file-names.ts'
import { KustomizeError, prefixed } from './kustomize-error.ts'
import { ObservedTree } from './observed-tree.ts'
import { isRemote } from './repository-url.ts'

export type LoadRestrictor = 'LoadRestrictionsRootOnly' | 'LoadRestrictionsNone'

export interface LoadedFile {
  path: string
  bytes: Uint8Array
  /** SHA-256 in hex; undefined when the bytes are no file of the tree. */
  digest?: () => string | undefined
}

const decoder = new TextDecoder()

export function textOfFile(file: LoadedFile): string {
  return decoder.decode(file.bytes)
}

export interface RemoteDirectory {
  tree: FileTree
  /** Where the repository lies in the tree: nothing outside of it is read. */
  root: string
  /** The directory to build, in the tree. */
  path: string
  repo: string
  ref: string
}

/** Fetches what a build names by URL; the caller has it all at hand before the build begins. */
export interface RemoteResolver {
  /** The repository behind a URL such as `https://host/org/repo//path?ref=v1`. */
  directory?(url: string): RemoteDirectory | undefined
  /** The content behind an http(s) URL. Throws when it could not be fetched: then it may still be a repository. */
  file?(url: string): Uint8Array | undefined
}

interface RemoteOrigin {
  repo: string
  ref: string
  path: string
}

interface LoaderState {
  restrictor: LoadRestrictor
  /** Bytes of one file. */
  maxFileLength: number | undefined
  remote: RemoteResolver | undefined
}

export class Loader {
  readonly root: string
  readonly tree: FileTree
  private readonly state: LoaderState
  /** Directories that are being built, outermost first. */
  private readonly stack: readonly string[]
  /** URLs of repositories that are being built, outermost first. */
  private readonly urls: readonly string[]
  /** Set inside a fetched repository: nothing outside of it may be read. */
  private readonly repository: string | undefined
  /** Where the fetched repository is from, and the directory in it that was named. */
  readonly origin: RemoteOrigin | undefined

  private constructor(
    root: string,
    tree: FileTree,
    state: LoaderState,
    stack: readonly string[],
    urls: readonly string[] = [],
    repository?: string,
    origin?: RemoteOrigin,
  ) {
    this.root = root
    this.tree = tree
    this.state = state
    this.stack = [...stack, root]
    this.urls = urls
    this.repository = repository
    this.origin = origin
  }

  static at(path: string, tree: FileTree, state: LoaderState): Loader {
    if (isRemote(path)) return new Loader('', tree, state, []).enterRepository(path)
    const root = normalized(path)
    const real = tree.realPath?.(root) ?? root
    if (!isDirectory(tree, real))
      throw notADirectory(tree, root, 'name a directory that is there, one with a kustomization.yaml')
    return new Loader(real, tree, state, [])
  }

  /** The content of a file named in this kustomization. Throws when it is missing or not allowed. */
  load(path: string): LoadedFile {
    if (isFileUrl(path)) return this.loadUrl(path)
    if (path === '') throw new KustomizeError('unable to load an empty path', { file: this.root })
    const full = joined(this.root, path)
    const real = this.tree.realPath ? this.tree.realPath(full) : full
    const isAllowed = real !== undefined && (this.limit === undefined || isWithin(real, this.limit))
    const file = isAllowed ? this.tryRead(real) : undefined
    if (file) return file
    throw this.loadFailure(full, real)
  }

  /** Why a path gives no file. */
  private loadFailure(full: string, real: string | undefined): KustomizeError {
    const isFolder = real !== undefined && isDirectory(this.tree, real)
    if (isFolder) {
      const message = this.limit === undefined ? `read ${real}: is a directory` : `'${real}' must resolve to a file`
      return new KustomizeError(message, { file: full })
    }
    if (real === undefined || !this.tree.readFile(real)) {
      if (isOutside(full)) return outsideOfSource(full, 'read')
      return new KustomizeError(
        this.limit === undefined ? `open ${full}: no such file or directory` : linkFailure(this.tree, full),
        { file: full, cure: 'add the file, or take it out of the kustomization that names it' },
      )
    }
    return new KustomizeError(`security; file '${full}' is not in or below '${this.root}'`, {
      file: full,
      cure: 'move it there, make its directory a base of its own, or build with LoadRestrictionsNone',
    })
  }

  /** The content of a file, undefined when it is not there. */
  tryRead(full: string): LoadedFile | undefined {
    const bytes = this.tree.readFile(full)
    const { tree } = this
    const max = this.state.maxFileLength
    if (bytes && max !== undefined && bytes.length > max) {
      throw new KustomizeError(`the file has ${bytes.length} bytes, more than the limit of ${max}`, {
        file: full,
        cure: 'split it, or raise the limit of the build',
      })
    }
    if (!bytes || !(tree instanceof ObservedTree)) return bytes && { path: full, bytes }
    return { path: full, bytes, digest: () => tree.digest(full) ?? undefined }
  }

  /** The listing of a directory, undefined when it is not there. */
  list(full: string): readonly DirectoryEntry[] | undefined {
    return this.tree.readDirectory(this.tree.realPath?.(full) ?? full)
  }

  /** Files must lie in or below this directory; undefined when they may lie anywhere in the tree. */
  private get limit(): string | undefined {
    return this.repository === undefined && this.state.restrictor === 'LoadRestrictionsNone' ? undefined : this.root
  }

  /** A loader for a directory, or repository, that this kustomization names. */
  enter(path: string): Loader {
    if (path === '') throw new KustomizeError('new root cannot be empty', { cure: 'take the empty item out' })
    if (isRemote(path)) return this.enterRepository(path)
    if (path.startsWith('/')) {
      throw new KustomizeError(`new root '${path}' cannot be absolute`, { cure: 'name it relative to this directory' })
    }
    const full = joined(this.root, path)
    const real = this.tree.realPath?.(full) ?? full
    if (this.repository !== undefined && !isWithin(real, this.repository)) {
      throw new KustomizeError(
        `security; bases in kustomizations found in cloned git repos must be within the repo, but base '${real}' is outside '${this.repository}'`,
      )
    }
    if (isOutside(real)) throw prefixed(outsideOfSource(real, 'abs'), 'must build at directory: not a valid directory')
    if (!isDirectory(this.tree, real)) throw notADirectory(this.tree, full)
    for (const visited of this.stack) {
      if (isWithin(visited, real)) {
        throw new KustomizeError(`cycle detected: candidate root '${real}' contains visited root '${visited}'`, {
          cure: 'no kustomization may name one that leads to it, or a directory around it',
        })
      }
    }
    return new Loader(real, this.tree, this.state, this.stack, this.urls, this.repository, this.origin)
  }

  /** Whether a directory is being built, or lies around one that is. */
  isVisiting(directory: string): boolean {
    return this.stack.some(visited => isWithin(visited, directory))
  }

  /** Says that the result depends on more than files of the tree: it must not be kept for another build. */
  leaveTree(): void {
    if (this.tree instanceof ObservedTree) this.tree.leaveTree()
  }

  private enterRepository(url: string): Loader {
    this.leaveTree()
    const found = this.state.remote?.directory?.(url) ?? this.notFetched('base', url)
    const previous = this.urls.findLast(visited => visited.startsWith(url))
    if (previous !== undefined) {
      throw new KustomizeError(`cycle detected: URI '${url}' referenced by previous URI '${previous}'`, {
        cure: 'no kustomization may name one that leads to it',
      })
    }
    const repository = found.tree.realPath?.(normalized(found.root)) ?? normalized(found.root)
    const path = normalized(found.path)
    const root = found.tree.realPath ? found.tree.realPath(path) : path
    if (root !== undefined && !isWithin(root, repository)) {
      throw new KustomizeError(`"${path}" refers to directory outside of repo "${repository}"`)
    }
    if (root === undefined || !isDirectory(found.tree, root)) {
      throw new KustomizeError(`'${relativeTo(normalized(found.root), path)}' in ${url} is not a directory`)
    }
    const origin = { repo: found.repo, ref: found.ref, path: relativeTo(repository, root) }
    return new Loader(root, found.tree, this.state, this.stack, [...this.urls, url], repository, origin)
  }

  private loadUrl(url: string): LoadedFile {
    this.leaveTree()
    if (this.state.remote && saysRepository(url)) throw new KustomizeError('URL is a git repository')
    const bytes = this.state.remote?.file?.(url) ?? this.notFetched('resource', url)
    return { path: url, bytes }
  }

  private notFetched(kind: 'base' | 'resource', url: string): never {
    const why = this.state.remote
      ? `'${url}' was not fetched before the build`
      : `remote ${kind} '${url}' is not allowed here`
    throw new KustomizeError(why, {
      file: joined(this.root, 'kustomization.yaml'),
      cure: 'copy it into the source',
    })
  }
}

function relativeTo(directory: string, path: string): string {
  if (path === directory) return ''
  return directory === '' ? path : path.slice(directory.length + 1)
}

/** Whether a kustomization could be there. Asks for the file first: a listing would tie the build to every name in the directory. */
function isDirectory(tree: FileTree, path: string): boolean {
  return (
    kustomizationFileNames.some(name => tree.readFile(joined(path, name))) || tree.readDirectory(path) !== undefined
  )
}

function notADirectory(
  tree: FileTree,
  path: string,
  cure = 'add it, or take it out of the kustomization that names it',
): KustomizeError {
  const why = tree.readFile(path)
    ? `'${path}': file is not directory`
    : `not a valid directory: ${linkFailure(tree, path)}`
  return new KustomizeError(`must build at directory: ${why}`, {
    file: path,
    cure,
  })
}

/** What Go says of a path that does not exist: it names the first part that is missing. */
function linkFailure(tree: FileTree, path: string): string {
  let missing = path
  for (let parent = parentOf(path); parent !== '' && parent !== '/'; parent = parentOf(parent)) {
    if (tree.readDirectory(parent)) break
    missing = parent
  }
  return `evalsymlink failure on '${path}' : lstat ${missing}: no such file or directory`
}

function isOutside(path: string): boolean {
  return path === '..' || path.startsWith('../')
}

function outsideOfSource(path: string, operation: string): KustomizeError {
  return new KustomizeError(`fs-security-constraint ${operation} ${path}: path '${path}' is not in or below '.'`, {
    file: path,
    cure: 'what a kustomization names must lie in the same source',
  })
}

/** What is read over HTTP: any such URL may be a file. */
export function isFileUrl(path: string): boolean {
  return /^https?:\/\//i.test(path)
}

/** A URL that says itself that it is a repository's: it is not asked for as a file first. */
export function saysRepository(url: string): boolean {
  return isRemote(url) && /\.git(?:[/?]|$)|_git\/|:\/\/.*\/\/|[?&](?:ref|version|submodules|timeout)=/i.test(url)
}
