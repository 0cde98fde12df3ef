/**
 * What a kustomization names by URL, fetched for `sluice build`: repositories with the user's own git and its configuration, files over HTTP. The build itself
 * reads only what is here already, so it is run again for as long as it asks for more.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BuildResult,
  KustomizeError,
  parseRepositoryUrl,
  type RemoteDirectory,
  type RemoteResolver,
} from '@sluice/kustomize'
import { diskTree } from '@sluice/kustomize/node'

const httpTimeoutMs = 27_000

/** Runs a build until it lacks nothing. Fetched repositories are removed in the end. */
export async function withRemoteBases(build: (remote: RemoteResolver) => Promise<BuildResult>): Promise<BuildResult> {
  const remote = new RemoteBases()
  try {
    for (;;) {
      try {
        const result = await build(remote)
        // The text is made while the files are here.
        result.text()
        return result
      } catch (error) {
        if (!(error instanceof KustomizeError) || !remote.isLacking) throw error
        await remote.fetchMissing()
      }
    }
  } finally {
    await remote.remove()
  }
}

class RemoteBases implements RemoteResolver {
  private readonly directories = new Map<string, RemoteDirectory>()
  private readonly files = new Map<string, Uint8Array>()
  private readonly missing = new Map<string, 'directory' | 'file'>()
  private readonly folders: string[] = []

  directory(url: string): RemoteDirectory | undefined {
    const found = this.directories.get(url)
    if (!found) this.missing.set(url, 'directory')
    return found
  }

  file(url: string): Uint8Array | undefined {
    const found = this.files.get(url)
    if (!found) this.missing.set(url, 'file')
    return found
  }

  get isLacking(): boolean {
    return this.missing.size > 0
  }

  async fetchMissing(): Promise<void> {
    for (const [url, kind] of this.missing) {
      if (kind === 'file') this.files.set(url, await download(url))
      else this.directories.set(url, await this.clone(url))
    }
    this.missing.clear()
  }

  async remove(): Promise<void> {
    for (const folder of this.folders) await rm(folder, { recursive: true, force: true })
  }

  /** As kustomize does it: one commit of one revision, submodules unless the URL says otherwise. */
  private async clone(url: string): Promise<RemoteDirectory> {
    const { repository, path, ref, timeoutMs, submodules } = parseRepositoryUrl(url)
    const folder = await mkdtemp(join(tmpdir(), 'sluice-base-'))
    this.folders.push(folder)
    const run = (...args: string[]) => git(folder, timeoutMs, args)
    await run('init', '--quiet')
    await run('fetch', '--quiet', '--depth=1', repository, ref ?? 'HEAD')
    await run('checkout', '--quiet', 'FETCH_HEAD')
    if (submodules) await run('submodule', 'update', '--quiet', '--init', '--recursive')
    return { tree: diskTree(), root: folder, path: join(folder, path), repo: repository, ref: ref ?? '' }
  }
}

async function download(url: string): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(httpTimeoutMs) })
  } catch (error) {
    const why = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : error
    throw new KustomizeError(`Get "${url}": ${why}`)
  }
  if (!response.ok)
    throw new KustomizeError(`HTTP Error: status code ${response.status} (${response.statusText}) for ${url}`)
  return new Uint8Array(await response.arrayBuffer())
}

function git(folder: string, timeoutMs: number, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: timeoutMs })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const command = `git ${args.join(' ')}`
    child.on('error', error =>
      reject(new KustomizeError(`cannot run '${command}': ${error.message}`, { cure: 'install git' })),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else if (signal)
        reject(
          new KustomizeError(`hit ${timeoutMs / 1000}s timeout running '${command}'`, {
            cure: 'give the URL a longer one: ?timeout=120',
          }),
        )
      else reject(new KustomizeError(`failed to run '${command}': ${stderr.trim()}: exit status ${code}`))
    })
  })
}
