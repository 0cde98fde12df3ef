/**
 * Content into a reproducible tar.gz: the same files give the same bytes, whatever the machine, the time or the order they
 * were found in. Entries, order, names and modes are Flux's; symbolic links are left out as Flux does.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type DirectoryNode, type FileNode, walk } from './content.ts'
import { MemoryTree, type TreeFile } from './file-tree.ts'
import type { IgnoreFilter } from './ignore.ts'
import { TAR_END, tarHeader, tarPadding } from './tar-entry.ts'

export class ContentLimitError extends Error {
  override name = 'ContentLimitError'
}

export interface PackOptions {
  ignore?: IgnoreFilter
  /** Largest sum of file sizes, in bytes. */
  maxBytes: number
  /** Files whose sum is below this are also given back as a tree, in bytes. */
  keepBytes: number
}

export interface Packed {
  /** `sha256:<hex>` of the bytes written. */
  digest: string
  /** Bytes written. */
  size: number
  /** What was packed, when it was small enough to keep. */
  tree: MemoryTree | undefined
}

/** How many files are read ahead of the one being written: few after a large one, so that memory stays bounded. */
const READ_AHEAD = 64
const READ_AHEAD_LARGE = 2
const LARGE = 1024 * 1024

/** Writes the archive to `output` and ends it. */
export async function pack(root: DirectoryNode, output: Writable, options: PackOptions): Promise<Packed> {
  const sink = new GzipSink(output)
  const kept: TreeFile[] = []
  const directories: string[] = []
  let bytes = 0
  let keeping = true
  try {
    if (!options.ignore?.('.', true))
      await sink.write([tarHeader({ name: '.', kind: 'directory', executable: false, size: 0 })])
    for await (const { path, node, content } of readAhead(entriesOf(root, options.ignore))) {
      if (node.kind === 'directory') {
        directories.push(path)
        await sink.write([tarHeader({ name: path, kind: 'directory', executable: false, size: 0 })])
        continue
      }
      bytes += content.length
      if (bytes > options.maxBytes) throw new ContentLimitError(tooMuch(options.maxBytes, path))
      const { executable } = node
      const header = tarHeader({ name: path, kind: 'file', executable, size: content.length })
      await sink.write([header, content, tarPadding(content.length)])
      if (keeping) kept.push({ path, content, executable })
      if (bytes > options.keepBytes) {
        keeping = false
        kept.length = 0
      }
    }
    await sink.write([TAR_END])
    const { digest, size } = await sink.end()
    return { digest, size, tree: keeping ? new MemoryTree(kept, directories) : undefined }
  } catch (error) {
    sink.destroy()
    throw error
  }
}

interface Entry {
  path: string
  node: FileNode | DirectoryNode
}

function* entriesOf(root: DirectoryNode, ignore: IgnoreFilter | undefined): Generator<Entry> {
  for (const { path, node } of walk(root)) {
    if (node.kind === 'symlink') continue
    if (ignore?.(path, node.kind === 'directory')) continue
    yield { path, node }
  }
}

const NOTHING = new Uint8Array(0)

async function* readAhead(entries: Iterable<Entry>): AsyncGenerator<Entry & { content: Uint8Array }> {
  const queue: { entry: Entry; content: Promise<Uint8Array> }[] = []
  const iterator = entries[Symbol.iterator]()
  let ahead = READ_AHEAD_LARGE
  for (;;) {
    while (queue.length < ahead) {
      const { value: entry, done } = iterator.next()
      if (done) break
      const content = entry.node.kind === 'file' ? entry.node.read() : Promise.resolve(NOTHING)
      // Failures are met when their turn comes.
      content.catch(() => {})
      queue.push({ entry, content })
    }
    const first = queue.shift()
    if (!first) return
    const content = await first.content
    ahead = content.length > LARGE ? READ_AHEAD_LARGE : Math.min(ahead * 2, READ_AHEAD)
    yield { ...first.entry, content }
  }
}

/** Compresses, counts and digests on the way to the output; small writes are gathered. */
class GzipSink {
  readonly #gzip = createGzip({ level: 4 })
  readonly #hash = createHash('sha256')
  readonly #output: Writable
  #size = 0
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0

  constructor(output: Writable) {
    this.#output = output
    this.#gzip.on('data', (chunk: Buffer) => {
      this.#hash.update(chunk)
      this.#size += chunk.length
      if (!output.write(chunk)) {
        this.#gzip.pause()
        output.once('drain', () => this.#gzip.resume())
      }
    })
    this.#gzip.on('end', () => output.end())
    output.on('error', error => this.#gzip.destroy(error))
  }

  async write(parts: Uint8Array[]): Promise<void> {
    for (const part of parts) {
      this.#gathered.push(part)
      this.#gatheredBytes += part.length
    }
    if (this.#gatheredBytes >= 64 * 1024) await this.#flush()
  }

  async end(): Promise<{ digest: string; size: number }> {
    await this.#flush()
    this.#gzip.end()
    await finished(this.#output, { readable: false })
    return { digest: `sha256:${this.#hash.digest('hex')}`, size: this.#size }
  }

  destroy(): void {
    this.#gzip.on('error', () => {})
    this.#gzip.destroy()
    this.#output.destroy()
  }

  async #flush(): Promise<void> {
    const chunk = Buffer.concat(this.#gathered)
    this.#gathered = []
    this.#gatheredBytes = 0
    if (chunk.length > 0 && !this.#gzip.write(chunk)) await once(this.#gzip, 'drain')
  }
}

function tooMuch(maxBytes: number, path: string): string {
  return (
    `the files are larger than the limit of ${maxBytes} bytes in sum (reached at '${path}'); ` +
    'leave files out with spec.ignore or .sourceignore, or raise the limit for artifacts'
  )
}
