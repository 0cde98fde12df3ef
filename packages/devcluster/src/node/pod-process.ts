/**
 * One container that is really run: its process, started again with backoff when it ends, probed for readiness, ended with grace.
 * The process ends by itself when we die: its stdin is a pipe of ours.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import type { Container } from '../workloads/kinds.ts'
import type { PodCommand } from './pod-command.ts'
import { previousLogFile } from './pod-log.ts'

export interface PodProcessOptions {
  /** How to run this program: what comes after the Node binary. */
  programArgs: readonly string[]
  command: PodCommand
  /** Path of an HTTP endpoint on the port that the process tells; without it a running process is ready. */
  readinessPath: string | undefined
  healthPortFile: string
  logFile: string
  /** `Never` and `OnFailure` let a process end for good. */
  restartPolicy: string
  /** How often the container was started again before. */
  restarts: number
  onChange: (state: PodProcessState) => void
}

export interface PodProcessState {
  phase: 'waiting' | 'running' | 'ended'
  pid: number | undefined
  ready: boolean
  restarts: number
  /** How the process ended last. */
  lastExit: { code: number; startedAt: number; finishedAt: number } | undefined
  startedAt: number
}

const firstBackoff = 200
const longestBackoff = 10_000
/** A process that ran for so long begins anew with the backoff. */
const steady = 60_000
const probeUntilReady = 100
const probeWhenReady = 5_000

export class PodProcess {
  state: PodProcessState
  readonly #options: PodProcessOptions
  #child: ChildProcess | undefined
  #backoff = firstBackoff
  #timer: NodeJS.Timeout | undefined
  #probe: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: PodProcessOptions) {
    this.#options = options
    const { restarts } = options
    this.state = { phase: 'waiting', pid: undefined, ready: false, restarts, lastExit: undefined, startedAt: 0 }
  }

  start(): void {
    const { command, programArgs, logFile, healthPortFile, readinessPath } = this.#options
    for (const directory of command.directories) mkdirSync(directory, { recursive: true, mode: 0o700 })
    rmSync(healthPortFile, { force: true })
    if (existsSync(logFile)) renameSync(logFile, previousLogFile(logFile))
    const log = openSync(logFile, 'a', 0o600)
    const child = spawn(process.execPath, [...programArgs, ...command.args], {
      env: command.env,
      stdio: ['pipe', log, log],
    })
    closeSync(log)
    // A child that is gone before we are closes its end of the pipe: nothing is lost by that.
    child.stdin?.on('error', () => {})
    child.once('error', () => this.#ended(child, 127))
    child.once('exit', (code, signal) => this.#ended(child, code ?? (signal === 'SIGKILL' ? 137 : 143)))
    this.#child = child
    this.#set({ phase: 'running', pid: child.pid, ready: readinessPath === undefined, startedAt: Date.now() })
    if (readinessPath !== undefined) this.#probeAfter(probeUntilReady)
  }

  /** Asks the process to end, and ends it after `grace` milliseconds. Settles when it is gone. */
  async stop(grace: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    clearTimeout(this.#probe)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), grace)
    await gone
    clearTimeout(kill)
  }

  #ended(child: ChildProcess, code: number): void {
    if (this.#child !== child) return
    this.#child = undefined
    clearTimeout(this.#probe)
    const { startedAt, restarts } = this.state
    const lastExit = { code, startedAt, finishedAt: Date.now() }
    if (lastExit.finishedAt - startedAt > steady) this.#backoff = firstBackoff
    if (this.#stopping) return
    const { restartPolicy } = this.#options
    if (restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && code === 0)) {
      this.#set({ phase: 'ended', pid: undefined, ready: false, lastExit })
      return
    }
    this.#set({ phase: 'waiting', pid: undefined, ready: false, restarts: restarts + 1, lastExit })
    this.#timer = setTimeout(() => this.start(), this.#backoff)
    this.#backoff = Math.min(this.#backoff * 2, longestBackoff)
  }

  #probeAfter(milliseconds: number): void {
    this.#probe = setTimeout(async () => {
      const ready = await this.#answers()
      if (this.#stopping || this.state.phase !== 'running') return
      if (ready !== this.state.ready) this.#set({ ready })
      this.#probeAfter(ready ? probeWhenReady : probeUntilReady)
    }, milliseconds)
    this.#probe.unref()
  }

  #answers(): Promise<boolean> {
    const { healthPortFile, readinessPath } = this.#options
    let port: number
    try {
      port = Number(readFileSync(healthPortFile, 'utf8'))
    } catch {
      return Promise.resolve(false)
    }
    return new Promise(resolve => {
      const request = get({ host: '127.0.0.1', port, path: readinessPath, timeout: 1000 }, response => {
        response.resume()
        resolve(response.statusCode !== undefined && response.statusCode < 400)
      })
      request.on('timeout', () => request.destroy())
      request.on('error', () => resolve(false))
    })
  }

  #set(change: Partial<PodProcessState>): void {
    this.state = { ...this.state, ...change }
    this.#options.onChange(this.state)
  }
}

/** Path that a container's readiness probe asks, when it has one over HTTP. */
export const readinessPathOf = ({ readinessProbe }: Container): string | undefined => {
  const probe = readinessProbe?.httpGet
  return probe ? (probe.path ?? '/') : undefined
}
