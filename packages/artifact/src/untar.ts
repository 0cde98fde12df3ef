/**
 * A tar.gz into a tree in memory, with the guards Flux's Untar has: a limit on what comes out, no names that leave the
 * root, no links or special files.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { MemoryTree, type TreeFile } from './file-tree.ts'

export class UntarError extends Error {
  override name = 'UntarError'
}

export interface UntarOptions {
  /** Largest sum of file sizes, in bytes. Default 100 MiB, as Flux. */
  maxBytes?: number
  /** Leave links out instead of refusing them. */
  skipLinks?: boolean
}

export const DEFAULT_MAX_UNTAR = 100 * 1024 * 1024

/** Headers and padding allowed for, in bytes. */
const OVERHEAD = 64 * 1024 * 1024

export async function untar(archive: Uint8Array, options: UntarOptions = {}): Promise<MemoryTree> {
  const { maxBytes = DEFAULT_MAX_UNTAR, skipLinks = false } = options
  if (archive[0] !== 0x1f || archive[1] !== 0x8b)
    throw new UntarError('requires gzip-compressed body: gzip: invalid header')
  const files: TreeFile[] = []
  const directories: string[] = []
  let bytes = 0
  const entries = extract()
  entries.on('entry', (header, stream, next) => {
    // The pipeline reports it; unheard here it would end the process.
    stream.on('error', () => {})
    const kind = kindOf(header, skipLinks)
    if (kind instanceof UntarError) return next(kind)
    bytes += header.size ?? 0
    if (bytes > maxBytes) {
      return next(new UntarError(`tar "${header.name}" is bigger than max archive size of ${maxBytes} bytes`))
    }
    if (kind === 'directory') directories.push(header.name)
    const parts: Uint8Array[] = []
    stream.on('data', (part: unknown) => {
      if (part instanceof Uint8Array) parts.push(part)
    })
    stream.on('end', () => {
      if (kind === 'file') {
        const content = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
        files.push({ path: header.name, content, executable: ((header.mode ?? 0) & 0o111) !== 0 })
      }
      next()
    })
    stream.resume()
  })
  try {
    await pipeline(Readable.from([archive]), createGunzip(), source => bounded(source, maxBytes), entries)
  } catch (error) {
    if (error instanceof UntarError) throw error
    throw new UntarError(`the archive is damaged: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  return new MemoryTree(files, directories)
}

/** Headers, padding and PAX records count too: an archive of nothing but those must end as well. */
async function* bounded(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxBytes * 1.5 + OVERHEAD) {
      throw new UntarError(`tar "" is bigger than max archive size of ${maxBytes} bytes`)
    }
    yield chunk
  }
}

function kindOf({ name, type }: Header, skipLinks: boolean): 'file' | 'directory' | 'skip' | UntarError {
  if (!validName(name)) return new UntarError(`tar contained invalid name error "${name}"`)
  if (type === 'file' || type === 'contiguous-file') return 'file'
  if (type === 'directory') return 'directory'
  if (skipLinks) return 'skip'
  if (type === 'symlink')
    return new UntarError(`tar file entry ${name} is a symlink, which is not allowed in this context`)
  return new UntarError(`tar file entry ${name} contained unsupported file type ${type}`)
}

function validName(name: string): boolean {
  return name !== '' && !name.includes('\\') && !name.startsWith('/') && !name.split('/').includes('..')
}
