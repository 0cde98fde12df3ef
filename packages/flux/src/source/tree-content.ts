/** Files in memory as content to pack. */
import { type DirectoryNode, directoryNode, type MemoryTree } from '@sluice/artifact'

export function treeContent(tree: MemoryTree): DirectoryNode {
  const root = directoryNode()
  for (const path of tree.directories()) directoryAt(root, path.split('/'))
  for (const { path, content, executable } of tree.files()) {
    const components = path.split('/')
    const name = components.pop()!
    directoryAt(root, components).children.set(name, { kind: 'file', executable, read: () => Promise.resolve(content) })
  }
  return root
}

function directoryAt(root: DirectoryNode, components: string[]): DirectoryNode {
  let node = root
  for (const component of components) {
    const next = node.children.get(component)
    if (next?.kind === 'directory') node = next
    else {
      const made = directoryNode()
      node.children.set(component, made)
      node = made
    }
  }
  return node
}
