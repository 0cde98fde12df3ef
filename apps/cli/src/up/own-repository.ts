/** Checks `--repo` and `--ref` before anything is started: is the repository there, and what is the ref? */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UsageError } from '../usage-error.ts'
import { splitCredentials } from './desired-configurations.ts'

export interface ResolvedRef {
  ref: { branch?: string; tag?: string; commit?: string }
  /** The commit it stands for now. */
  head: string
}

/** Throws UsageError when the repository cannot be read or has no such branch, tag or commit. */
export async function resolveRepository(url: string, name: string): Promise<ResolvedRef> {
  const shown = splitCredentials(url).url
  if (!/^https?:\/\//.test(url)) throw new UsageError(`--repo ${shown}: give an http or https URL.`)
  const listing = await remoteRefs(url, shown)
  const branch = listing.get(`refs/heads/${name}`)
  if (branch) return { ref: { branch: name }, head: branch }
  const tag = listing.get(`refs/tags/${name}^{}`) ?? listing.get(`refs/tags/${name}`)
  if (tag) return { ref: { tag: name }, head: tag }
  if (/^[0-9a-f]{40}$/.test(name)) return { ref: { commit: name }, head: name }
  const branches = [...listing.keys()].flatMap(ref => /^refs\/heads\/(.*)$/.exec(ref)?.[1] ?? []).slice(0, 10)
  throw new UsageError(`${shown} has no branch or tag "${name}". Its branches: ${branches.join(', ') || 'none'}.`)
}

async function remoteRefs(url: string, shown: string): Promise<Map<string, string>> {
  try {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' }
    const { stdout } = await promisify(execFile)('git', ['ls-remote', url], {
      env,
      timeout: 30_000,
      maxBuffer: 1 << 28,
    })
    const lines = stdout.split('\n').map(line => line.split('\t'))
    return new Map(lines.flatMap(([sha, ref]) => (sha && ref ? [[ref, sha] as const] : [])))
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    // git repeats the URL, credentials and all.
    throw new UsageError(
      `cannot read the repository ${shown}: ${text.replaceAll(url, shown).trim() || 'no answer in 30 s'}`,
    )
  }
}
