/**
 * A real registry for tests: Debian's `docker-registry` on a free port, in a folder of its own, with a login when asked
 * for. `undefined` where it is not installed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BINARY = ['/usr/bin/docker-registry', '/usr/local/bin/docker-registry'].find(path => existsSync(path))

export const NO_REGISTRY = BINARY === undefined && "Debian's docker-registry is not installed"

export const LOGIN = { username: 'somebody', password: 's3cret-pass' }
/** Of the password, by bcrypt. */
const HASHED = '$2y$05$AJ7Hdc6dfM2F5/auor/x2.lih2sJp.kg.QvR1tj1daLhJgYUTxqby'

export interface PushedLayer {
  mediaType: string
  content: Uint8Array
}

export interface PushedArtifact {
  configType: string
  config?: unknown
  layers: readonly PushedLayer[]
  annotations?: Record<string, string>
}

export class TestRegistry {
  /** `host:port` */
  readonly host: string
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #headers: Record<string, string>

  private constructor(host: string, folder: string, process: ChildProcess, headers: Record<string, string>) {
    this.host = host
    this.#folder = folder
    this.#process = process
    this.#headers = headers
  }

  static async start({ login = false }: { login?: boolean } = {}): Promise<TestRegistry> {
    if (BINARY === undefined) throw new Error(String(NO_REGISTRY))
    const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'))
    const host = `127.0.0.1:${await freePort()}`
    const htpasswd = join(folder, 'htpasswd')
    await writeFile(htpasswd, `${LOGIN.username}:${HASHED}\n`)
    const configuration = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: host },
      ...(login ? { auth: { htpasswd: { realm: 'test', path: htpasswd } } } : {}),
    }
    const file = join(folder, 'config.yml')
    await writeFile(file, JSON.stringify(configuration))
    const child = spawn(BINARY, ['serve', file], { stdio: 'ignore' })
    // Also when a test is broken off.
    process.once('exit', () => child.kill())
    const { username, password } = LOGIN
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    const registry = new TestRegistry(host, folder, child, login ? { authorization: `Basic ${basic}` } : {})
    await registry.#ready()
    return registry
  }

  /** The digest of the manifest. */
  async push(repository: string, tag: string, { configType, config = {}, layers, annotations }: PushedArtifact) {
    const configBytes = Buffer.from(JSON.stringify(config))
    const pushed = []
    for (const { mediaType, content } of layers) {
      pushed.push({ mediaType, ...(await this.#blob(repository, content)) })
    }
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    return this.manifest(repository, tag, mediaType, {
      schemaVersion: 2,
      mediaType,
      config: { mediaType: configType, ...(await this.#blob(repository, configBytes)) },
      layers: pushed,
      annotations,
    })
  }

  async manifest(repository: string, tag: string, mediaType: string, content: unknown): Promise<string> {
    const body = JSON.stringify(content)
    const path = `/v2/${repository}/manifests/${tag}`
    await this.#ask(path, { method: 'PUT', body, headers: { 'content-type': mediaType } })
    return digestOf(Buffer.from(body))
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #blob(repository: string, content: Uint8Array): Promise<{ digest: string; size: number }> {
    const started = await this.#ask(`/v2/${repository}/blobs/uploads/`, { method: 'POST' })
    const target = new URL(started.headers.get('location') ?? '', `http://${this.host}`)
    const digest = digestOf(content)
    target.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    await this.#ask(target.pathname + target.search, { method: 'PUT', body: Buffer.from(content), headers })
    return { digest, size: content.length }
  }

  async #ask(path: string, { headers, ...init }: RequestInit & { headers?: Record<string, string> }) {
    const response = await fetch(`http://${this.host}${path}`, { ...init, headers: { ...headers, ...this.#headers } })
    const text = await response.text()
    if (!response.ok) throw new Error(`${init.method} ${path}: ${response.status} ${text}`)
    return response
  }

  async #ready(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const response = await fetch(`http://${this.host}/v2/`).catch(() => undefined)
      await response?.body?.cancel()
      if (response) return
      await sleep(50)
    }
    throw new Error('the registry did not start')
  }
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
