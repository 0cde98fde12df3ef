/**
 * What a kustomization names by URL, fetched for `sluice build`: repositories with the user's own git, which has the credentials, agents, proxies and
 * rewritten URLs of the person who runs it (docs/decisions), files over HTTP. The build itself reads only what is here already, so it is run again for as long
 * as it asks for more.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { setGlobalProxyFromEnv } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BuildResult,
  isRemote,
  KustomizeError,
  parseRepositoryUrl,
  type RemoteDirectory,
  type RemoteResolver,
} from '@sluice/kustomize'
import { diskTree } from '@sluice/kustomize/node'

const httpTimeoutMs = 27_000
/** Largest file that is taken over HTTP, in bytes. */
const maxFileBytes = 32 * 1024 * 1024

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
  private readonly files = new Map<string, Uint8Array | KustomizeError>()
  private readonly missing = new Map<string, 'directory' | 'file'>()
  private readonly folders: string[] = []

  directory(url: string): RemoteDirectory | undefined {
    const found = this.directories.get(url)
    if (!found) this.missing.set(url, 'directory')
    return found
  }

  file(url: string): Uint8Array | undefined {
    const found = this.files.get(url)
    if (found instanceof KustomizeError) throw found
    if (!found) this.missing.set(url, 'file')
    return found
  }

  get isLacking(): boolean {
    return this.missing.size > 0
  }

  async fetchMissing(): Promise<void> {
    for (const [url, kind] of this.missing) {
      // What is no file may be a repository: the build decides.
      if (kind === 'file') this.files.set(url, await download(url).catch(asFailure))
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
    // Submodules with relative URLs start there.
    await run('remote', 'add', 'origin', repository)
    await run('fetch', '--quiet', '--depth=1', repository, ref ?? 'HEAD')
    await run('checkout', '--quiet', 'FETCH_HEAD')
    if (submodules) await run('submodule', 'update', '--quiet', '--init', '--recursive')
    return { tree: diskTree(), root: folder, path: join(folder, path), repo: repository, ref: ref ?? '' }
  }
}

function asFailure(error: unknown): KustomizeError {
  if (error instanceof KustomizeError) return error
  throw error
}

async function download(address: string): Promise<Uint8Array> {
  const url = new URL(address)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const headers = username ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}
  const fail = (why: string, cure?: string) => new KustomizeError(`Get "${url.href}": ${why}`, { cure })
  let response: Response
  // HTTPS_PROXY and its kin count, as they do for git.
  const restored = setGlobalProxyFromEnv()
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(httpTimeoutMs) })
    if (response.ok) return await limited(response, fail)
  } catch (error) {
    if (!(error instanceof Error) || error instanceof KustomizeError) throw error
    throw fail(error.cause instanceof Error ? error.cause.message : error.message)
  } finally {
    restored()
  }
  await response.body?.cancel()
  // A repository that is called like a file is none.
  if (isRemote(address) && !/\.(?:ya?ml|json)$/i.test(url.pathname)) throw new KustomizeError('URL is a git repository')
  throw new KustomizeError(`HTTP Error: status code ${response.status} (${response.statusText})`, {
    cure: `look at ${url.href}`,
  })
}

async function limited(response: Response, fail: (why: string, cure?: string) => KustomizeError): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > maxFileBytes) {
      throw fail(`the file has more than ${maxFileBytes} bytes`, 'copy it into the source, or name a smaller one')
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function git(folder: string, timeoutMs: number, args: string[]): Promise<void> {
  // A helper of git that is left behind by a timeout must end by itself; it cannot be in a group of its own, which may not ask for passwords.
  const patience = ['-c', 'http.lowSpeedLimit=1', '-c', `http.lowSpeedTime=${Math.ceil(timeoutMs / 1000)}`]
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...patience, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
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
