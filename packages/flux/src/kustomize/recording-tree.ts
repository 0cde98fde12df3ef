import { createHash } from 'node:crypto'
import type { DirectoryEntry, FileTree } from '@sluice/artifact'

/**
 * A tree that remembers what was read of it: files with their digests, directories with their listings, and what was
 * looked for and not found. Another revision that answers the same to all of that gives the same build.
 */
export interface ReadInputs {
  files: Map<string, string | undefined>
  directories: Map<string, string | undefined>
}

export class RecordingTree implements FileTree {
  readonly inputs: ReadInputs = { files: new Map(), directories: new Map() }
  readonly #base: FileTree

  constructor(base: FileTree) {
    this.#base = base
  }

  readFile(path: string): Uint8Array | undefined {
    this.inputs.files.set(path, this.#base.fileDigest(path))
    return this.#base.readFile(path)
  }

  readDirectory(path: string): DirectoryEntry[] | undefined {
    const entries = this.#base.readDirectory(path)
    this.inputs.directories.set(path, listingDigest(entries))
    return entries
  }

  fileDigest(path: string): string | undefined {
    const digest = this.#base.fileDigest(path)
    this.inputs.files.set(path, digest)
    return digest
  }
}

export function sameInputs(inputs: ReadInputs, tree: FileTree): boolean {
  for (const [path, digest] of inputs.files) if (tree.fileDigest(path) !== digest) return false
  for (const [path, digest] of inputs.directories) if (listingDigest(tree.readDirectory(path)) !== digest) return false
  return true
}

function listingDigest(entries: readonly DirectoryEntry[] | undefined): string | undefined {
  if (!entries) return undefined
  return createHash('sha1').update(JSON.stringify(entries)).digest('base64url')
}
