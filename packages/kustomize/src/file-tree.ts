/**
 * The files a build reads from: any tree that can tell its files and directories. Paths are slash-separated and normalized, without a trailing slash;
 * the root of a tree in memory is the empty path.
 */
import { sha256 } from '#sha256'

export interface DirectoryEntry {
  name: string
  kind: 'file' | 'directory'
}

export interface FileTree {
  readFile(path: string): Uint8Array | undefined
  readDirectory(path: string): readonly DirectoryEntry[] | undefined
  /** SHA-256 of a file in hex, for trees that know it already; undefined when there is no such file. */
  fileDigest?(path: string): string | undefined
  /** Where symbolic links lead; the path itself when this is not given. Undefined when nothing is there. */
  realPath?(path: string): string | undefined
}

const encoder = new TextEncoder()

/** SHA-256 in hex over the names and kinds of a directory, sorted. */
export function listingDigest(listing: readonly DirectoryEntry[]): string {
  const lines = listing.map(entry => `${entry.kind} ${entry.name}`).sort()
  return sha256(lines.join('\n'))
}

/** A tree held in memory, by path. */
export function memoryTree(files: ReadonlyMap<string, Uint8Array | string>): FileTree {
  const contents = new Map<string, Uint8Array>()
  const directories = new Map<string, Map<string, DirectoryEntry>>([['', new Map()]])
  for (const [path, content] of files) {
    const parts = normalized(path).split('/')
    contents.set(parts.join('/'), typeof content === 'string' ? encoder.encode(content) : content)
    for (let i = 0; i < parts.length; i++) {
      const parent = parts.slice(0, i).join('/')
      const name = parts[i] ?? ''
      let entries = directories.get(parent)
      if (!entries) {
        entries = new Map()
        directories.set(parent, entries)
      }
      if (!entries.has(name)) entries.set(name, { name, kind: i === parts.length - 1 ? 'file' : 'directory' })
    }
  }
  const listings = new Map<string, readonly DirectoryEntry[]>()
  const digests = new Map<string, string>()
  return {
    readFile: path => contents.get(path),
    fileDigest(path) {
      const content = contents.get(path)
      let digest = digests.get(path)
      if (content && digest === undefined) {
        digest = sha256(content)
        digests.set(path, digest)
      }
      return digest
    },
    readDirectory(path) {
      const entries = directories.get(path)
      if (!entries) return undefined
      let listing = listings.get(path)
      if (!listing) {
        listing = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
        listings.set(path, listing)
      }
      return listing
    },
  }
}

/** A tree with some files replaced or added, for a kustomization that is made up or amended. */
export function overlayTree(base: FileTree, changes: ReadonlyMap<string, Uint8Array>): FileTree {
  return {
    readFile: path => changes.get(path) ?? base.readFile(path),
    readDirectory(path) {
      const below = base.readDirectory(path)
      if (!below) return undefined
      const added = [...changes.keys()]
        .filter(changed => parentOf(changed) === path && !below.some(entry => entry.name === baseName(changed)))
        .map(changed => ({ name: baseName(changed), kind: 'file' as const }))
      return added.length === 0 ? below : [...below, ...added]
    },
    ...(base.fileDigest && {
      fileDigest: (path: string) => {
        const changed = changes.get(path)
        return changed ? sha256(changed) : base.fileDigest?.(path)
      },
    }),
    ...(base.realPath && { realPath: (path: string) => (changes.has(path) ? path : base.realPath?.(path)) }),
  }
}

/** Resolves `.` and `..` and doubled slashes. A leading `..` that leaves the tree stays. */
export function normalized(path: string): string {
  const absolute = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !absolute) parts.push(part)
  }
  return (absolute ? '/' : '') + parts.join('/')
}

export function joined(directory: string, path: string): string {
  return normalized(path.startsWith('/') ? path : `${directory}/${path}`.replace(/^\//, directory === '' ? '' : '/'))
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash)
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Whether `path` is `directory` or below it. */
export function isWithin(path: string, directory: string): boolean {
  if (directory === '') return !path.startsWith('../') && path !== '..' && !path.startsWith('/')
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}
