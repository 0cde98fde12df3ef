/**
 * The files of a chart from where it lies: a directory, with `.helmignore` obeyed, or an archive, with Helm's limits and its refusal of paths
 * that leave the chart. The only module of the engine that touches the disk, and only below the directory it is given. It reads a chart of a
 * person's machine, and waits for it: Node's thread pool takes several times as long for hundreds of small files.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { ChartFile } from './chart.ts'
import { HelmError } from './helm-error.ts'
import { type IgnoreRules, ignoreRules } from './helm-ignore.ts'

/** Largest sum of the files of an archive, and largest single file, in bytes: Helm's. */
const maxTotal = 100 * 1024 * 1024
const maxFile = 5 * 1024 * 1024

/** A chart by the path that a person gives: a directory or a packaged chart. */
export async function readChart(path: string): Promise<ChartFile[]> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new HelmError(`path "${path}" not found`)
  return found.isDirectory() ? readChartDirectory(path) : readChartArchive(readFileSync(path))
}

/** Links are followed, as Helm does. */
export async function readChartDirectory(root: string): Promise<ChartFile[]> {
  const ignore = join(root, '.helmignore')
  const rules = statSync(ignore, { throwIfNoEntry: false })?.isFile() ? readFileSync(ignore, 'utf8') : ''
  const files: ChartFile[] = []
  walk(root, '', ignoreRules(rules), files)
  return files
}

function walk(root: string, folder: string, ignored: IgnoreRules, files: ChartFile[], depth = 0): void {
  if (depth > 64) throw new HelmError(`${join(root, folder)}: folders nest deeper than 64`)
  const names = readdirSync(join(root, folder)).sort()
  for (const name of names) {
    const path = folder ? `${folder}/${name}` : name
    const found = statSync(join(root, path))
    if (ignored(path, found.isDirectory())) continue
    if (found.isDirectory()) walk(root, path, ignored, files, depth + 1)
    else if (!found.isFile()) {
      throw new HelmError(`cannot load irregular file ${join(root, path)} as it has file mode type bits set`)
    } else if (found.size > maxFile) throw new HelmError(tooLargeFile('chart file', name))
    else files.push({ path, content: withoutMark(readFileSync(join(root, path))), modified: found.mtime })
  }
}

/** The first element of every path is dropped, whatever it is called. */
export async function readChartArchive(archive: Uint8Array): Promise<ChartFile[]> {
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) {
    throw new HelmError("file does not appear to be a gzipped archive; got 'application/octet-stream'")
  }
  const files: ChartFile[] = []
  let total = 0
  const entries = (await import('tar-stream')).extract()
  entries.on('entry', (header, stream, next) => {
    stream.on('error', () => {})
    if (header.type !== 'file' && header.type !== 'contiguous-file') {
      stream.resume()
      next()
      return
    }
    const path = pathInChart(header.name)
    const size = header.size ?? 0
    total += size
    if (path instanceof HelmError) return next(path)
    if (total > maxTotal) {
      return next(new HelmError(`decompressed chart is larger than the maximum size ${maxTotal}`))
    }
    if (size > maxFile) return next(new HelmError(tooLargeFile('decompressed chart file', header.name)))
    const parts: Uint8Array[] = []
    stream.on('data', (part: unknown) => {
      if (part instanceof Uint8Array) parts.push(part)
    })
    stream.on('end', () => {
      files.push({ path, content: withoutMark(Buffer.concat(parts)), modified: header.mtime })
      next()
    })
  })
  try {
    await pipeline(Readable.from([archive]), createGunzip(), bounded, entries)
  } catch (error) {
    if (error instanceof HelmError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new HelmError(`the chart archive is damaged: ${reason}`, { cause: error })
  }
  if (files.length === 0) throw new HelmError('no files in chart archive')
  return files
}

/** Headers and padding count too: an archive of nothing but those must end as well. */
async function* bounded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxTotal * 2) throw new HelmError(`decompressed chart is larger than the maximum size ${maxTotal}`)
    yield chunk
  }
}

function pathInChart(name: string): string | HelmError {
  const parts = name.replaceAll('\\', '/').split('/')
  const path = parts.slice(1).join('/')
  if (path !== '') {
    if (path.startsWith('/')) return new HelmError('chart illegally contains absolute paths')
    if (parts.slice(1).includes('..')) return new HelmError('chart illegally references parent directory')
    if (/^[a-zA-Z]:/.test(path)) return new HelmError('chart contains illegally named files')
    return path
      .split('/')
      .filter(part => part !== '' && part !== '.')
      .join('/')
  }
  if (parts[0] === 'Chart.yaml') return new HelmError('chart yaml not in base directory')
  return new HelmError(`chart illegally contains content outside the base directory: "${name}"`)
}

function tooLargeFile(what: string, name: string): string {
  return `${what} "${name}" is larger than the maximum file size ${maxFile}`
}

function withoutMark(content: Buffer): Uint8Array {
  return content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? content.subarray(3) : content
}
