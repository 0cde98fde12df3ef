/** Which files of a source's content its own `.sourceignore` files and the object's `spec.ignore` leave out. */
import {
  type DirectoryNode,
  IGNORE_FILE,
  type IgnoreFile,
  type IgnoreFilter,
  ignoreFilter,
  walk,
} from '@sluice/artifact'

/** Reads the `.sourceignore` files of the whole content, a directory's before those below it. */
export async function contentFilter(root: DirectoryNode, specIgnore: string | undefined): Promise<IgnoreFilter> {
  const found: Promise<IgnoreFile>[] = []
  for (const { path, node } of walk(root)) {
    if (node.kind !== 'file' || (path !== IGNORE_FILE && !path.endsWith(`/${IGNORE_FILE}`))) continue
    const directory = path.slice(0, Math.max(0, path.length - IGNORE_FILE.length - 1))
    found.push(node.read().then(bytes => ({ directory, text: Buffer.from(bytes).toString('utf8') })))
  }
  const files = await Promise.all(found)
  files.sort((a, b) => a.directory.split('/').length - b.directory.split('/').length)
  return ignoreFilter(files, specIgnore)
}
