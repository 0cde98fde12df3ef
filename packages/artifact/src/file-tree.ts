/**
 * The content of an artifact as files in memory. The interface is the one kustomize's builder reads from; the digests
 * beside it let a consumer see which files differ between two revisions without comparing bytes.
 */
import { hash } from 'node:crypto'

export interface DirectoryEntry {
  name: string
  kind: 'file' | 'directory'
}

export interface FileTree {
  /** The file's bytes, `undefined` when there is no such file. */
  readFile(path: string): Uint8Array | undefined
  /** What the directory holds, sorted by name; `undefined` when there is no such directory. '' and '.' are the root. */
  readDirectory(path: string): DirectoryEntry[] | undefined
  /** SHA-256 of the file's bytes in hex, computed once. */
  fileDigest(path: string): string | undefined
}

export interface TreeFile {
  /** Relative, with slashes, without `.` and `..`. */
  path: string
  content: Uint8Array
  executable: boolean
}

interface Stored {
  content: Uint8Array
  executable: boolean
  digest?: string
}

export class MemoryTree implements FileTree {
  /** Sum of the files' sizes and of what their names cost, in bytes. */
  readonly bytes: number
  readonly #files = new Map<string, Stored>()
  readonly #directories = new Map<string, Map<string, DirectoryEntry>>([['', new Map()]])
  readonly #sorted = new Map<string, DirectoryEntry[]>()

  constructor(files: Iterable<TreeFile>, directories: Iterable<string> = []) {
    let bytes = 0
    for (const path of directories) this.#addDirectory(normalPath(path) ?? '')
    for (const { path: given, content, executable } of files) {
      const path = normalPath(given)
      if (path === undefined || path === '') continue
      this.#files.set(path, { content, executable })
      const slash = path.lastIndexOf('/')
      const name = path.slice(slash + 1)
      this.#addDirectory(path.slice(0, Math.max(slash, 0))).set(name, { name, kind: 'file' })
      bytes += content.length + path.length + 200
    }
    this.bytes = bytes
  }

  readFile(path: string): Uint8Array | undefined {
    return this.#find(path)?.content
  }

  readDirectory(path: string): DirectoryEntry[] | undefined {
    const key = normalPath(path)
    if (key === undefined) return undefined
    const sorted = this.#sorted.get(key)
    if (sorted) return sorted
    const entries = this.#directories.get(key)
    if (!entries) return undefined
    const result = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#sorted.set(key, result)
    return result
  }

  fileDigest(path: string): string | undefined {
    const file = this.#find(path)
    if (!file) return undefined
    file.digest ??= hash('sha256', file.content, 'hex')
    return file.digest
  }

  isExecutable(path: string): boolean {
    return this.#find(path)?.executable ?? false
  }

  /** Every file, in no particular order. */
  *files(): Generator<TreeFile> {
    for (const [path, { content, executable }] of this.#files) yield { path, content, executable }
  }

  /** Every directory but the root, parents first. */
  *directories(): Generator<string> {
    for (const path of this.#directories.keys()) if (path !== '') yield path
  }

  #find(path: string): Stored | undefined {
    const key = normalPath(path)
    return key === undefined ? undefined : this.#files.get(key)
  }

  #addDirectory(path: string): Map<string, DirectoryEntry> {
    const known = this.#directories.get(path)
    if (known) return known
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    const parent = this.#addDirectory(path.slice(0, Math.max(slash, 0)))
    parent.set(name, { name, kind: 'directory' })
    const entries = new Map<string, DirectoryEntry>()
    this.#directories.set(path, entries)
    return entries
  }
}

/** The path without `.`, `..` and doubled slashes; `undefined` when it leaves the root. */
export function normalPath(path: string): string | undefined {
  if (!path.includes('.') && !path.includes('//') && !path.startsWith('/') && !path.endsWith('/')) return path
  const out: string[] = []
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue
    if (component !== '..') out.push(component)
    else if (out.pop() === undefined) return undefined
  }
  return out.join('/')
}
