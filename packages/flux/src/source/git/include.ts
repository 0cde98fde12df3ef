/**
 * Puts a part of another source's artifact into the content of this one. Pure, on content in memory. Flux renames an
 * unpacked folder into place, so a target that is there already is an error unless it is an empty folder.
 */
import {
  type ContentNode,
  componentsOf,
  type DirectoryNode,
  directoryNode,
  type MemoryTree,
  nodeAt,
} from '@sluice/artifact'
import { treeContent } from '../tree-content.ts'

/** What a rename would have said; the caller tells which include it was. */
export class IncludeError extends Error {
  override name = 'IncludeError'
}

export function include(root: DirectoryNode, tree: MemoryTree, fromPath: string, toPath: string): void {
  const source = nodeAt(treeContent(tree), fromPath)
  if (!source) throw new IncludeError(`'${fromPath}': no such file or directory`)
  const components = componentsOf(toPath)
  const name = components.pop()
  if (name === undefined) throw new IncludeError(`'${toPath}': file exists`)
  let parent = root
  for (const component of components) {
    let next = parent.children.get(component)
    if (!next) {
      next = directoryNode()
      parent.children.set(component, next)
    }
    if (next.kind !== 'directory') throw new IncludeError(`'${toPath}': '${component}' is not a directory`)
    parent = next
  }
  const there = parent.children.get(name)
  const replaceable = !there || (source.kind === 'file' ? there.kind !== 'directory' : isEmpty(there))
  if (!replaceable) throw new IncludeError(`'${toPath}': file exists`)
  parent.children.set(name, source)
}

function isEmpty(node: ContentNode): boolean {
  return node.kind === 'directory' && node.children.size === 0
}
