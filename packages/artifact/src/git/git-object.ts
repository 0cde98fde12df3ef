/**
 * The two kinds of Git object we look into: what a commit says of itself, and what a tree lists.
 */
import { MirrorCorruptError } from './git-error.ts'

export interface GitCommit {
  id: string
  tree: string
  /** Seconds since the epoch, of the committer. */
  committedAt: number
  message: string
}

export interface TreeItem {
  name: string
  kind: 'file' | 'directory' | 'symlink' | 'submodule'
  executable: boolean
  id: string
}

export function parseCommit(id: string, content: Buffer): GitCommit {
  const text = content.toString('utf8')
  const blank = text.indexOf('\n\n')
  const header = blank < 0 ? text : text.slice(0, blank)
  const tree = /^tree ([0-9a-f]{40})$/m.exec(header)?.[1]
  const date = /^committer .* (\d+) [+-]\d+$/m.exec(header)?.[1]
  if (tree === undefined) throw new MirrorCorruptError(`commit ${id} names no tree`)
  return { id, tree, committedAt: Number(date ?? 0), message: blank < 0 ? '' : text.slice(blank + 2) }
}

/** The object an annotated tag points at. */
export function parseTagTarget(id: string, content: Buffer): { id: string; type: string } {
  const match = /^object ([0-9a-f]{40})\ntype (\w+)$/m.exec(content.toString('utf8', 0, 128))
  if (!match) throw new MirrorCorruptError(`tag ${id} names no object`)
  return { id: match[1]!, type: match[2]! }
}

export function parseTree(id: string, content: Buffer): TreeItem[] {
  const items: TreeItem[] = []
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(32, at)
    const zero = content.indexOf(0, space)
    if (space < 0 || zero < 0 || zero + 21 > content.length) throw new MirrorCorruptError(`tree ${id} is cut off`)
    const mode = content.toString('latin1', at, space)
    const name = content.toString('utf8', space + 1, zero)
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw new MirrorCorruptError(`tree ${id} has the illegal name ${JSON.stringify(name)}`)
    }
    items.push({ name, ...kindOf(mode), id: content.toString('hex', zero + 1, zero + 21) })
    at = zero + 21
  }
  return items
}

function kindOf(mode: string): { kind: TreeItem['kind']; executable: boolean } {
  if (mode === '40000') return { kind: 'directory', executable: false }
  if (mode === '120000') return { kind: 'symlink', executable: false }
  if (mode === '160000') return { kind: 'submodule', executable: false }
  return { kind: 'file', executable: (Number.parseInt(mode, 8) & 0o111) !== 0 }
}

/** The first line of a message, at most 50 characters, as Flux shows it in events. */
export function shortMessage(commit: GitCommit): string {
  const characters = [...(commit.message.split('\n')[0] ?? '')]
  return characters.length > 50 ? `${characters.slice(0, 50).join('')}...` : characters.join('')
}
