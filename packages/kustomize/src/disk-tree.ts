/**
 * A directory of the disk as a FileTree, read as the build asks for it: for the command line.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { baseName, type DirectoryEntry, type FileTree, joined, parentOf } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

type EntryKind = 'file' | 'directory' | 'link'

/** Paths are absolute. Files that cannot be read for another reason than being absent throw, a KustomizeError where the user can do something. */
export function diskTree(): FileTree {
  const listings = new Map<string, ReadonlyMap<string, EntryKind> | undefined>()
  const realDirectories = new Map<string, string | undefined>()

  const listing = (path: string): ReadonlyMap<string, EntryKind> | undefined =>
    remembered(listings, path, () => {
      const entries = readdirSync(path, { withFileTypes: true })
      return new Map(
        entries.map(entry => [
          entry.name,
          entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'directory' : 'file',
        ]),
      )
    })
  const realDirectory = (path: string): string | undefined =>
    remembered(realDirectories, path, () => realpathSync.native(path))

  return {
    readFile: path => absentAsUndefined(() => readFileSync(path)),
    readDirectory(path) {
      const entries = listing(path)
      return (
        entries &&
        [...entries].map(
          ([name, kind]): DirectoryEntry => ({ name, kind: kind === 'link' ? linkKind(joined(path, name)) : kind }),
        )
      )
    },
    // One look at a directory tells of all its files which are links: no question a file.
    realPath(path) {
      const parent = parentOf(path)
      const directory = parent === path || parent === '' ? undefined : realDirectory(parent)
      const kind = directory === undefined ? undefined : listing(directory)?.get(baseName(path))
      if (directory !== undefined && kind !== undefined && kind !== 'link') return joined(directory, baseName(path))
      return absentAsUndefined(() => realpathSync.native(path))
    },
  }
}

function linkKind(path: string): 'file' | 'directory' {
  return absentAsUndefined(() => readdirSync(path)) ? 'directory' : 'file'
}

function remembered<T>(known: Map<string, T | undefined>, path: string, read: () => T): T | undefined {
  if (!known.has(path)) known.set(path, absentAsUndefined(read))
  return known.get(path)
}

const refusals = new Map([
  ['ELOOP', { what: 'too many links', cure: 'a symbolic link must lead to a file in the end, not to itself' }],
  ['EACCES', { what: 'permission denied', cure: 'whoever builds must be allowed to read it' }],
  ['EPERM', { what: 'permission denied', cure: 'whoever builds must be allowed to read it' }],
])

function absentAsUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined
    const why = code === undefined ? undefined : refusals.get(String(code))
    if (path === undefined || why === undefined) throw error
    throw new KustomizeError(`cannot read '${path}': ${why.what}`, { file: path, cure: why.cure, cause: error })
  }
}
