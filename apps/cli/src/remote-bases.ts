/**
 * What a kustomization names by URL, fetched for `sluice build`: repositories with the user's own git, which has the credentials, agents, proxies and
 * rewritten URLs of the person who runs it (docs/decisions), files over HTTP.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BuildResult,
  buildFetching,
  KustomizeError,
  parseRepositoryUrl,
  type RemoteDirectory,
  type RemoteResolver,
  type UrlFetcher,
} from '@sluice/kustomize'
import { diskTree, downloadFile } from '@sluice/kustomize/node'

/** Runs a build with what it names by URL. Fetched repositories are removed in the end. */
export async function withRemoteBases(build: (remote: RemoteResolver) => Promise<BuildResult>): Promise<BuildResult> {
  const bases = new RemoteBases()
  try {
    return (await buildFetching(bases, build)).result
  } finally {
    await bases.remove()
  }
}

class RemoteBases implements UrlFetcher {
  private readonly folders: string[] = []

  async remove(): Promise<void> {
    for (const folder of this.folders) await rm(folder, { recursive: true, force: true })
  }

  async file(url: string): Promise<Uint8Array> {
    // Loaded here, since most builds fetch nothing. HTTPS_PROXY and its kin count, as they do for git.
    const { setGlobalProxyFromEnv } = await import('node:http')
    const restore = setGlobalProxyFromEnv()
    try {
      return await downloadFile(url)
    } finally {
      restore()
    }
  }

  /** As kustomize does it: one commit of one revision, submodules unless the URL says otherwise. */
  async directory(url: string): Promise<RemoteDirectory> {
    const { repository, path, ref, timeoutMs, submodules } = parseRepositoryUrl(url)
    const folder = await mkdtemp(join(tmpdir(), 'sluice-base-'))
    this.folders.push(folder)
    const run = (...args: string[]) => git(folder, timeoutMs, args)
    await run('init', '--quiet')
    // Submodules with relative URLs start there.
    await run('remote', 'add', 'origin', repository)
    await run('fetch', '--quiet', '--depth=1', repository, ref ?? 'HEAD')
    await run('checkout', '--quiet', 'FETCH_HEAD')
    if (submodules) await run('submodule', 'update', '--quiet', '--init', '--recursive')
    return { tree: diskTree(), root: folder, path: join(folder, path), repo: repository, ref: ref ?? '' }
  }
}

async function git(folder: string, timeoutMs: number, args: string[]): Promise<void> {
  // A helper of git that is left behind by a timeout must end by itself; it cannot be in a group of its own, which may not ask for passwords.
  const patience = ['-c', 'http.lowSpeedLimit=1', '-c', `http.lowSpeedTime=${Math.ceil(timeoutMs / 1000)}`]
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...patience, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text.replaceAll('\r', '')
    })
    const command = `git ${args.join(' ')}`
    const timer = setTimeout(() => {
      child.kill()
      child.stderr.destroy()
      const cure = 'give the URL a longer one: ?timeout=120'
      reject(new KustomizeError(`hit ${timeoutMs / 1000}s timeout running '${command}'`, { cure }))
    }, timeoutMs)
    child.on('error', error => {
      clearTimeout(timer)
      reject(new KustomizeError(`cannot run '${command}': ${error.message}`, { cure: 'install git' }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve()
      else {
        const status = signal ? `signal ${signal}` : `exit status ${code}`
        reject(new KustomizeError(`failed to run '${command}': ${stderr.trim()}: ${status}`))
      }
    })
  })
}
