/**
 * What Kustomizations name by URL, for controllers that run with `--no-remote-bases=false`: repositories over http and https as a GitRepository without
 * credentials would be fetched, files over HTTP. Nothing of the machine's own Git configuration counts, and sizes and times are bounded.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addSubmodules, commitContent, GitError, GitMirrors, walk } from '@sluice/artifact'
import {
  KustomizeError,
  memoryTree,
  parseRepositoryUrl,
  type RemoteDirectory,
  type UrlFetcher,
} from '@sluice/kustomize'
import { downloadFile } from '@sluice/kustomize/node'

const MEBIBYTE = 1024 * 1024
/** Of all files of one repository, and of what its server sends, in bytes. */
const MAX_REPOSITORY = 256 * MEBIBYTE
const MAX_PACK = 512 * MEBIBYTE

export class RemoteBases {
  #mirrors: Promise<GitMirrors> | undefined

  /** Fetches for one build; `signal` ends it. */
  fetcher(signal: AbortSignal): UrlFetcher {
    return {
      directory: url => this.#directory(url, signal),
      file: url => downloadFile(url, signal),
    }
  }

  async close(): Promise<void> {
    const mirrors = await this.#mirrors
    await mirrors?.prune(Number.POSITIVE_INFINITY)
  }

  async #directory(url: string, ended: AbortSignal): Promise<RemoteDirectory> {
    const { repository, path, ref, timeoutMs, submodules } = parseRepositoryUrl(url)
    if (!/^https?:\/\//.test(repository)) {
      throw new KustomizeError(`remote base '${url}' cannot be fetched: a controller takes bases over http and https`, {
        cure: 'name it by https, or make it a source and include it',
      })
    }
    const signal = AbortSignal.any([ended, AbortSignal.timeout(timeoutMs)])
    try {
      const files = await this.#files(repository, ref, submodules, signal)
      return { tree: memoryTree(files), root: '', path, repo: repository, ref: ref ?? '' }
    } catch (error) {
      ended.throwIfAborted()
      if (signal.aborted) {
        const cure = 'give the URL a longer one: ?timeout=120'
        throw new KustomizeError(`hit ${timeoutMs / 1000}s timeout fetching '${repository}'`, { cure, cause: error })
      }
      if (!(error instanceof GitError)) throw error
      throw new KustomizeError(`remote base '${url}': ${error.message}`, { cause: error })
    }
  }

  async #files(
    url: string,
    ref: string | undefined,
    submodules: boolean,
    signal: AbortSignal,
  ): Promise<Map<string, Uint8Array>> {
    this.#mirrors ??= newMirrors()
    const mirrors = await this.#mirrors
    const remote = { url }
    const mirror = mirrors.open(remote)
    const refs = await mirror.listRefs(signal)
    const wanted = commitOf(ref, refs.refs)
    if (wanted === undefined) throw new GitError(`couldn't find remote ref ${ref ?? 'HEAD'}`)
    return mirror.read({ wants: [wanted], refs, signal }, async view => {
      const content = await commitContent(view, (await view.commit(wanted)).tree)
      if (submodules) await addSubmodules(content, { mirrors, remote, signal })
      const files = new Map<string, Uint8Array>()
      let bytes = 0
      for (const { path, node } of walk(content.root)) {
        signal.throwIfAborted()
        if (node.kind !== 'file') continue
        const file = await node.read()
        bytes += file.length
        if (bytes > MAX_REPOSITORY) throw new GitError(`its files have more than ${MAX_REPOSITORY} bytes`)
        files.set(path, file)
      }
      return files
    })
  }
}

async function newMirrors(): Promise<GitMirrors> {
  return new GitMirrors({ root: await mkdtemp(join(tmpdir(), 'sluice-bases-')), maxPackBytes: MAX_PACK })
}

/** As `git fetch` finds it: full names, tags before branches, else the id of a commit. */
function commitOf(ref: string | undefined, refs: ReadonlyMap<string, string>): string | undefined {
  if (ref === undefined) return refs.get('HEAD')
  const named =
    refs.get(ref) ?? refs.get(`refs/${ref}`) ?? refs.get(`refs/tags/${ref}`) ?? refs.get(`refs/heads/${ref}`)
  return named ?? (/^[0-9a-f]{40}$/.test(ref) ? ref : undefined)
}
