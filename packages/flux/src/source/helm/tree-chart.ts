/**
 * Charts that lie in another source's artifact: folders with `.helmignore` obeyed, or archives. Paths cannot leave the
 * artifact; links are not in it.
 */
import { componentsOf, type MemoryTree } from '@sluice/artifact'
import { type ChartFile, HelmError, ignoreRules, readChartArchive } from '@sluice/helm'
import { checkGzip } from './gzip-header.ts'

/** Flux's limit of one file, in bytes. */
const MAX_FILE = 5 * 1024 * 1024
const MAX_ARCHIVE = 10 * 1024 * 1024

/** A path within the tree, joined as securely as Flux does: `..` stops at the root. */
export function securePath(...parts: string[]): string {
  return componentsOf(parts.join('/')).join('/')
}

export function isFolder(tree: MemoryTree, path: string): boolean {
  return tree.readDirectory(path) !== undefined
}

/** The archive at a path. Throws HelmError. */
export function archiveAt(tree: MemoryTree, path: string): Uint8Array {
  const archive = tree.readFile(path)
  if (!archive) throw new HelmError(`stat ${path}: no such file or directory`)
  if (archive.length > MAX_ARCHIVE) {
    throw new HelmError(`size of chart '${path.slice(path.lastIndexOf('/') + 1)}' exceeds '${MAX_ARCHIVE}' bytes limit`)
  }
  return archive
}

/** The files that say what the chart at a path is: enough to see whether it is another. Throws HelmError. */
export async function metadataFiles(tree: MemoryTree, path: string): Promise<ChartFile[]> {
  if (!isFolder(tree, path)) {
    const archive = archiveAt(tree, path)
    checkGzip(archive)
    return readChartArchive(archive)
  }
  const files: ChartFile[] = []
  for (const name of ['Chart.yaml', 'requirements.yaml']) {
    const place = securePath(path, name)
    const content = tree.readFile(place)
    if (content) files.push({ path: name, content })
    else if (name === 'Chart.yaml') throw new HelmError(`open ${place}: no such file or directory`)
  }
  return files
}

/** All files of the chart at a path. Throws HelmError. */
export async function chartFiles(tree: MemoryTree, path: string): Promise<ChartFile[]> {
  if (!isFolder(tree, path)) return readChartArchive(archiveAt(tree, path))
  const rules = tree.readFile(securePath(path, '.helmignore'))
  const ignored = ignoreRules(rules ? Buffer.from(rules).toString('utf8') : '')
  const files: ChartFile[] = []
  const walk = (folder: string) => {
    for (const { name, kind } of tree.readDirectory(securePath(path, folder)) ?? []) {
      const at = folder === '' ? name : `${folder}/${name}`
      if (ignored(at, kind === 'directory')) continue
      if (kind === 'directory') walk(at)
      else files.push({ path: at, content: fileAt(tree, securePath(path, at), at, `/${path}/`) })
    }
  }
  walk('')
  return files
}

function fileAt(tree: MemoryTree, place: string, name: string, chart: string): Uint8Array {
  const content = tree.readFile(place) ?? new Uint8Array()
  if (content.length > MAX_FILE) {
    const said = `cannot load file ${name} as file size (${content.length}) exceeds limit (${MAX_FILE})`
    throw new HelmError(`failed to load files from ${chart}: ${said}`)
  }
  const marked = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf
  return marked ? content.subarray(3) : content
}
