/**
 * What goes into an artifact before it is packed: a tree of nodes whose file contents are read only when they are written.
 * Git commits, included artifacts and (later) buckets all become this, are combined, filtered and packed the same way.
 */

export interface FileNode {
  kind: 'file'
  executable: boolean
  read(): Promise<Uint8Array>
}

export interface DirectoryNode {
  kind: 'directory'
  children: Map<string, ContentNode>
}

/** Symbolic links are remembered only so that a path that names one is known to be taken; they are never packed. */
export interface LinkNode {
  kind: 'symlink'
}

export type ContentNode = FileNode | DirectoryNode | LinkNode

export function directoryNode(): DirectoryNode {
  return { kind: 'directory', children: new Map() }
}

export function nodeAt(root: DirectoryNode, path: string): ContentNode | undefined {
  let node: ContentNode = root
  for (const component of componentsOf(path)) {
    if (node.kind !== 'directory') return undefined
    const next = node.children.get(component)
    if (!next) return undefined
    node = next
  }
  return node
}

/** The directories and the last name of a path; `.`, empty and `..` components stay inside the root, as a secure join does. */
export function componentsOf(path: string): string[] {
  const out: string[] = []
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue
    if (component === '..') out.pop()
    else out.push(component)
  }
  return out
}

export interface PathNode {
  path: string
  node: ContentNode
}

/** Every node but the root, a directory before what it holds, names in byte order: the order of entries in an artifact. */
export function* walk(root: DirectoryNode, prefix = ''): Generator<PathNode> {
  const names = [...root.children.keys()].sort(byBytes)
  for (const name of names) {
    const node = root.children.get(name)!
    const path = prefix === '' ? name : `${prefix}/${name}`
    yield { path, node }
    if (node.kind === 'directory') yield* walk(node, path)
  }
}

/** Go compares strings by their UTF-8 bytes, which is the order of code points. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    const surrogates = left >= 0xd800 && right >= 0xd800
    return surrogates ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : left - right
  }
  return a.length - b.length
}
