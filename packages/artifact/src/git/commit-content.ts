/**
 * A commit's files as content to pack. Trees are read level by level, all of a level at once; file contents only when the
 * archive is written. Submodules and sparse checkout are decided here.
 */
import { type ContentNode, componentsOf, type DirectoryNode, directoryNode, nodeAt } from '../content.ts'
import { GitLimitError } from './git-error.ts'
import { parseTree, type TreeItem } from './git-object.ts'
import type { MirrorView } from './mirror-generation.ts'

/** More entries than this is no repository but an attack (a few trees can name billions of files). */
const MAX_ENTRIES = 1_000_000

export interface Submodule {
  path: string
  /** The commit it is pinned to. */
  commit: string
}

export interface CommitContent {
  root: DirectoryNode
  submodules: Submodule[]
}

export interface ContentOptions {
  /** `spec.sparseCheckout`: only what is below these directories. */
  sparse?: string[]
}

export async function commitContent(
  view: MirrorView,
  tree: string,
  options: ContentOptions = {},
): Promise<CommitContent> {
  const root = directoryNode()
  const submodules: Submodule[] = []
  const wanted = sparseFilter(options.sparse)
  let level: { id: string; path: string; node: DirectoryNode }[] = [{ id: tree, path: '', node: root }]
  let entries = 0
  while (level.length > 0) {
    const trees = await Promise.all(level.map(one => view.tree(one.id)))
    const next: typeof level = []
    for (const [index, { id, path: parent, node }] of level.entries()) {
      for (const item of parseTree(id, trees[index]!)) {
        if (++entries > MAX_ENTRIES)
          throw new GitLimitError(`the commit has more than ${MAX_ENTRIES} files and directories`)
        const path = parent === '' ? item.name : `${parent}/${item.name}`
        if (!wanted(path, item.kind === 'directory')) continue
        const child = nodeOf(view, item)
        node.children.set(item.name, child)
        if (item.kind === 'submodule') submodules.push({ path, commit: item.id })
        else if (child.kind === 'directory') next.push({ id: item.id, path, node: child })
      }
    }
    level = next
  }
  return { root, submodules }
}

function nodeOf(view: MirrorView, item: TreeItem): ContentNode {
  if (item.kind === 'file') return { kind: 'file', executable: item.executable, read: () => view.blob(item.id) }
  return item.kind === 'symlink' ? { kind: 'symlink' } : directoryNode()
}

/** The first of these directories that the content lacks. */
export function missingDirectory(root: DirectoryNode, sparse: string[]): string | undefined {
  return sparse.find(path => componentsOf(path).length > 0 && nodeAt(root, path) === undefined)
}

function sparseFilter(sparse: string[] | undefined): (path: string, isDirectory: boolean) => boolean {
  if (!sparse || sparse.length === 0) return () => true
  const wanted = sparse.map(path => componentsOf(path).join('/'))
  return (path, isDirectory) =>
    wanted.some(one => {
      if (one === '' || path === one || path.startsWith(`${one}/`)) return true
      return isDirectory && one.startsWith(`${path}/`)
    })
}
