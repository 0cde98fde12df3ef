/**
 * Git over SSH: the system's `ssh` runs `git-upload-pack` on the other side. The key and the known hosts are files of this
 * session only; no agent, no configuration and no host key of the machine's takes part, and nothing is ever asked.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { GitConnectionError, GitError } from './git-error.ts'
import { FLUSH, PacketReader } from './pkt-line.ts'
import { type RefAdvertisement, readAdvertisement } from './ref-advertisement.ts'
import type { GitRemote } from './remote.ts'
import { sshFailure } from './ssh-failure.ts'
import type { GitTransport } from './transport.ts'

/** How long a session stays after listing, for the fetch that may follow, in milliseconds. */
const LINGER = 3000
const MAX_STDERR = 4096

export class SshTransport implements GitTransport {
  readonly #remote: GitRemote
  #lingering: SshSession | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(remote: GitRemote) {
    this.#remote = remote
  }

  async listRefs(signal: AbortSignal): Promise<RefAdvertisement> {
    const session = new SshSession(this.#remote, signal)
    const refs = await session.advertisement()
    this.close()
    // The fetch that may follow spares a handshake.
    this.#lingering = session
    this.#timer = setTimeout(() => this.close(), LINGER).unref()
    return refs
  }

  async uploadPack(request: string, signal: AbortSignal): Promise<Readable> {
    const session = this.#take() ?? new SshSession(this.#remote, signal)
    session.follow(signal)
    await session.advertisement()
    return session.exchange(request)
  }

  close(): void {
    this.#take()?.end()
  }

  #take(): SshSession | undefined {
    clearTimeout(this.#timer)
    const session = this.#lingering
    this.#lingering = undefined
    return session?.alive ? session : undefined
  }
}

/** One run of `git-upload-pack` on the other side. */
class SshSession {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #packets: PacketReader
  readonly #remote: GitRemote
  readonly #ended: Promise<void>
  #signal: AbortSignal
  #stderr = ''
  #refs: Promise<RefAdvertisement> | undefined

  constructor(remote: GitRemote, signal: AbortSignal) {
    this.#remote = remote
    this.#signal = signal
    const directory = mkdtempSync(join(tmpdir(), 'sluice-ssh-'))
    chmodSync(directory, 0o700)
    const { args, env } = sshCommand(remote, directory)
    this.#child = spawn('ssh', args, { env, stdio: 'pipe', detached: true })
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(0, MAX_STDERR)
    })
    this.#child.on('error', error => {
      this.#stderr = `cannot start ssh: ${error.message}; install an ssh client on the controller's machine`
    })
    this.#ended = new Promise(done => this.#child.on('close', () => done()))
    this.#ended.then(() => rmSync(directory, { recursive: true, force: true }))
    this.#packets = new PacketReader(this.#child.stdout)
    this.follow(signal)
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** From now on this signal ends the session. */
  follow(signal: AbortSignal): void {
    this.#signal = signal
    if (signal.aborted) this.#kill()
    else signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** What the other side lists; the same for a second caller. */
  advertisement(): Promise<RefAdvertisement> {
    this.#refs ??= readAdvertisement(this.#packets).catch(error => this.#explain(error))
    return this.#refs
  }

  exchange(request: string): Readable {
    this.#child.stdin.end(request)
    const rest = this.#packets.rest()
    rest.on('close', () => this.#kill())
    return rest
  }

  /** Nothing is wanted. */
  end(): void {
    this.#child.stdin.end(FLUSH)
  }

  readonly #onAbort = (): void => this.#kill()

  #kill(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    if (!this.alive || this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }

  /** What ssh said is nearer to the cause than that the answer broke off. */
  async #explain(error: unknown): Promise<never> {
    if (this.#signal.aborted) throw new GitConnectionError('context deadline exceeded', { cause: error })
    this.#child.stdin.end()
    await this.#ended
    throw sshFailure(this.#stderr, this.#remote) ?? error
  }
}

function sshCommand(remote: GitRemote, directory: string): { args: string[]; env: Record<string, string> } {
  const url = new URL(remote.url)
  const { identity = '', knownHosts = '', passphrase } = remote.auth ?? {}
  const file = (name: string, text: string, mode: number): string => {
    const path = join(directory, name)
    writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode })
    return path
  }
  const key = file('identity', identity, 0o600)
  const hosts = file('known_hosts', knownHosts, 0o600)
  const user = decodeURIComponent(url.username) || 'git'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A name that looks like an option must not become one.
  if (host === '' || host.startsWith('-') || user.startsWith('-'))
    throw new GitError(`'${user}@${host}' is no SSH login`)
  const path = decodeURIComponent(url.pathname).replace(/^\/~/, '~')
  const options = {
    BatchMode: passphrase === undefined ? 'yes' : 'no',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: hosts,
    GlobalKnownHostsFile: '/dev/null',
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    ServerAliveInterval: '15',
    ServerAliveCountMax: '2',
    LogLevel: 'ERROR',
  }
  const args = [
    '-F',
    '/dev/null',
    '-T',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ]
  if (url.port !== '') args.push('-p', url.port)
  args.push('-l', user, '--', host, `git-upload-pack '${path.replaceAll("'", `'\\''`)}'`)
  const env: Record<string, string> = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: directory, LC_ALL: 'C' }
  if (passphrase !== undefined) {
    env.SSH_ASKPASS = file('askpass', `#!/bin/sh\nprintf '%s\\n' "$SLUICE_PASSPHRASE"`, 0o700)
    env.SSH_ASKPASS_REQUIRE = 'force'
    env.SLUICE_PASSPHRASE = passphrase
  }
  return { args, env }
}
