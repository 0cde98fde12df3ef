import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SourceControlConfigurationClient } from '@azure/arm-kubernetesconfiguration'
import { kubectl as kubectlPath } from '../../scripts/test-tools.mjs'

/**
 * The whole system as a user starts it (`sluice up` in a directory of its own), and the clients a user has: git, the real
 * kubectl, Microsoft's SDK. Nothing of our own code is imported: what is tested is what is run.
 */
const MAIN = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))
const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'
const run = promisify(execFile)

export type ClusterName = 'cluster-1' | 'cluster-2'

/** What can be killed alone. */
export type Part = 'fleet' | { cluster: ClusterName; pod?: 'sluice-agent' | 'flux-controllers' }

export class System {
  readonly dataDir: string
  readonly sdk: SourceControlConfigurationClient
  readonly #up: ChildProcess
  readonly #kubectl: string
  readonly #ports: Record<string, number>

  private constructor(dataDir: string, up: ChildProcess, kubectl: string) {
    this.dataDir = dataDir
    this.#up = up
    this.#kubectl = kubectl
    this.#ports = JSON.parse(readFileSync(join(dataDir, 'ports.json'), 'utf8'))
    const { token } = this.#login()
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) }
    this.sdk = new SourceControlConfigurationClient(credential, SUBSCRIPTION, {
      endpoint: `https://127.0.0.1:${this.#ports.fleet}`,
      tlsOptions: { ca: readFileSync(join(dataDir, 'fleet', 'ca.pem'), 'utf8') },
    })
  }

  /** Starts it and waits until `up` says that everything is compliant. */
  static async start(): Promise<System> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'))
    const kubectl = await kubectlPath()
    const up = spawn(process.execPath, [MAIN, 'up', '--data-dir', dataDir, '--timeout', '240s'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [up.stdout, up.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    const end = Date.now() + 250_000
    while (!output.includes('Try next:')) {
      if (up.exitCode !== null || Date.now() > end) {
        up.kill('SIGTERM')
        throw new Error(`sluice up did not become ready:\n${output}`)
      }
      await sleep(100)
    }
    return new System(dataDir, up, kubectl)
  }

  async stop(): Promise<void> {
    const ended = new Promise(resolve => this.#up.once('exit', resolve))
    this.#up.kill('SIGINT')
    await ended
    await rm(this.dataDir, { recursive: true, force: true })
  }

  get gitUrl(): string {
    return `http://127.0.0.1:${this.#ports.git}/fleet.git`
  }

  /** Resource path arguments of the SDK. */
  path(cluster: ClusterName): ['sluice', 'Microsoft.Kubernetes', 'connectedClusters', ClusterName] {
    return ['sluice', 'Microsoft.Kubernetes', 'connectedClusters', cluster]
  }

  async configuration(cluster: ClusterName, name: string) {
    return this.sdk.fluxConfigurations.get(...this.path(cluster), name)
  }

  async kubectl(cluster: ClusterName, ...args: string[]): Promise<string> {
    const kubeconfig = join(this.dataDir, 'clusters', cluster, 'kubeconfig')
    const { stdout } = await run(this.#kubectl, ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 64 << 20 })
    return stdout
  }

  /** Applies a manifest given as text. */
  async apply(cluster: ClusterName, manifest: object): Promise<void> {
    const kubeconfig = join(this.dataDir, 'clusters', cluster, 'kubeconfig')
    const child = run(this.#kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', '-'])
    child.child.stdin?.end(JSON.stringify(manifest))
    await child
  }

  async get<T = Record<string, unknown>>(cluster: ClusterName, ...args: string[]): Promise<T | undefined> {
    try {
      return JSON.parse(await this.kubectl(cluster, 'get', ...args, '-o', 'json')) as T
    } catch (error) {
      if (error instanceof Error && error.message.includes('NotFound')) return undefined
      throw error
    }
  }

  /** `Ready` condition of a Flux object as `status reason: message`. */
  async ready(cluster: ClusterName, kind: string, namespace: string, name: string): Promise<string> {
    const object = await this.get<{ status?: { conditions?: Record<string, string>[] } }>(
      cluster,
      kind,
      name,
      '-n',
      namespace,
    )
    const ready = object?.status?.conditions?.find(c => c.type === 'Ready')
    return ready ? `${ready.status} ${ready.reason}: ${ready.message}` : 'no condition'
  }

  /** Process ids of a part: `fleet`, a dev cluster, or what runs for pods whose name begins so. */
  async pid(part: Part): Promise<number> {
    if (part === 'fleet') return this.#processWith('fleet', join(this.dataDir, 'fleet'))
    if (!part.pod) return this.#processWith('devcluster', join(this.dataDir, 'clusters', part.cluster))
    const pods = await this.get<{ items: { metadata: { name: string; annotations?: Record<string, string> } }[] }>(
      part.cluster,
      'pods',
      '-A',
    )
    const pod = pods?.items.find(p => p.metadata.name.startsWith(part.pod ?? ''))
    const pid = Number(pod?.metadata.annotations?.['sluice.dev/pid'])
    if (!pid) throw new Error(`${part.pod} runs in no process on ${part.cluster}`)
    return pid
  }

  #processWith(command: string, dataDir: string): number {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue
      try {
        const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')
        if (args.includes(command) && args.includes(dataDir)) return Number(entry)
      } catch {
        // It ended while we looked.
      }
    }
    throw new Error(`no process runs ${command} --data-dir ${dataDir}`)
  }

  #login(): { token: string } {
    const directory = join(this.dataDir, 'login')
    const files = readdirSync(this.dataDir).filter(name => name.startsWith('login'))
    const login = JSON.parse(
      readFileSync(files.includes('login') ? directory : join(this.dataDir, files[0] ?? ''), 'utf8'),
    )
    return login
  }
}

/** Looks until `check` answers something true; its last error or answer ends a wait that is too long. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  let last: unknown
  for (;;) {
    try {
      const found = await check()
      if (found) return found
      last = found
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s; at the end: ${last}`, { cause: last })
    await sleep(200)
  }
}
