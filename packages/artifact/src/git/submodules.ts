/**
 * `recurseSubmodules`: the files of the commits that submodules are pinned to, put in their place. Credentials go along
 * only to the host they were given for.
 */
import { type DirectoryNode, nodeAt } from '../content.ts'
import { readTarget } from './checkout.ts'
import { type CommitContent, commitContent } from './commit-content.ts'
import { GitError } from './git-error.ts'
import type { GitMirrors } from './mirrors.ts'
import { displayUrl, type GitRemote } from './remote.ts'

export interface SubmoduleOptions {
  mirrors: GitMirrors
  /** Of the repository the submodules are in. */
  remote: GitRemote
  signal: AbortSignal
}

/** As go-git: deeper ones are not followed. */
const MAX_DEPTH = 10

export async function addSubmodules(content: CommitContent, options: SubmoduleOptions, depth = 1): Promise<void> {
  if (content.submodules.length === 0 || depth > MAX_DEPTH) return
  const urls = await urlsOf(content.root)
  for (const { path, commit } of content.submodules) {
    const url = urls.get(path)
    if (url === undefined) throw new GitError(`submodule '${path}' has no url in .gitmodules`)
    const remote = submoduleRemote(options.remote, url)
    const inner = await submoduleContent(remote, commit, options, depth)
    const place = nodeAt(content.root, path)
    if (place?.kind !== 'directory') continue
    for (const [name, node] of inner.root.children) place.children.set(name, node)
  }
}

async function submoduleContent(
  remote: GitRemote,
  commit: string,
  options: SubmoduleOptions,
  depth: number,
): Promise<CommitContent> {
  const { mirrors, signal } = options
  const mirror = mirrors.open(remote)
  try {
    const refs = await mirror.listRefs(signal)
    const selection = { candidates: [{ label: '', want: commit, commit }], pinned: true, comparable: false }
    const target = {
      revision: `sha1:${commit}`,
      candidate: selection.candidates[0]!,
      selection,
      refs,
      unchanged: false,
    }
    return await readTarget(mirror, target, signal, async (view, found) => {
      const content = await commitContent(view, found.tree)
      await addSubmodules(content, { ...options, remote }, depth + 1)
      await loadFiles(content.root)
      return content
    })
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    throw new GitError(`submodule '${displayUrl(remote.url)}' at ${commit}: ${error.message}`, { cause: error })
  }
}

/** Reads the files now: the mirror they come from is let go before the archive is written. */
async function loadFiles(directory: DirectoryNode): Promise<void> {
  for (const node of directory.children.values()) {
    if (node.kind === 'directory') await loadFiles(node)
    else if (node.kind === 'file') {
      const bytes = await node.read()
      node.read = () => Promise.resolve(bytes)
    }
  }
}

async function urlsOf(root: DirectoryNode): Promise<Map<string, string>> {
  const urls = new Map<string, string>()
  const file = root.children.get('.gitmodules')
  if (file?.kind !== 'file') return urls
  const text = Buffer.from(await file.read()).toString('utf8')
  for (const section of text.split(/^\s*\[/m)) {
    const path = /^\s*path\s*=\s*(.+?)\s*$/m.exec(section)?.[1]
    const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1]
    if (path && url) urls.set(path, url)
  }
  return urls
}

/** Relative URLs start at the parent repository, as Git resolves them. */
export function submoduleRemote(parent: GitRemote, url: string): GitRemote {
  const base = new URL(parent.url)
  const resolved = /^\.\.?\//.test(url) ? URL.parse(url, `${base.href.replace(/\/+$/, '')}/`) : URL.parse(url)
  if (!resolved || (resolved.protocol !== 'http:' && resolved.protocol !== 'https:')) {
    throw new GitError(`submodule url '${displayUrl(url)}' is not supported; use an http or https URL`)
  }
  const trusted = resolved.host === base.host && (resolved.protocol === 'https:' || base.protocol === 'http:')
  if (!trusted) return { url: resolved.href, proxy: parent.proxy }
  if (resolved.username === '' && /^\.\.?\//.test(url)) {
    resolved.username = base.username
    resolved.password = base.password
  }
  return { url: resolved.href, proxy: parent.proxy, auth: parent.auth }
}
