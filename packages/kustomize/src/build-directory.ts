/**
 * A directory of the disk as a FileTree, read as the build asks for it: for the command line.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import type { DirectoryEntry, FileTree } from './file-tree.ts'

/** Paths are absolute. Files that cannot be read for another reason than being absent throw. */
export function diskTree(): FileTree {
  const listings = new Map<string, readonly DirectoryEntry[] | undefined>()
  return {
    readFile: path => absentAsUndefined(() => readFileSync(path)),
    readDirectory(path) {
      if (listings.has(path)) return listings.get(path)
      const listing = absentAsUndefined(() =>
        readdirSync(path, { withFileTypes: true }).map(
          (entry): DirectoryEntry => ({ name: entry.name, kind: entry.isDirectory() ? 'directory' : 'file' }),
        ),
      )
      listings.set(path, listing)
      return listing
    },
    realPath: path => absentAsUndefined(() => realpathSync.native(path)),
  }
}

function absentAsUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
