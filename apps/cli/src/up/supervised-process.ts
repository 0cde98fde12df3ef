/**
 * A part of the system that runs as a process of its own: started, restarted with growing pauses when it dies, stopped by SIGTERM and, when
 * that is not heard, SIGKILL. Its output goes to a log file. It holds the read end of a pipe whose other end is ours, and ends itself when
 * we are gone (`exitWithParent`), so a killed parent leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface ProcessOptions {
  name: string
  /** The program and its arguments. */
  command: readonly [string, ...string[]]
  env?: Record<string, string>
  logFile: string
  /** Told of each unexpected end: how it ended, and in how many milliseconds it is started again. */
  onExit?(how: string, restartIn: number): void
}

/** Milliseconds. */
const FIRST_PAUSE = 200
const LONGEST_PAUSE = 10_000
/** A process that ran this long had recovered: the next pause is short again. */
const STEADY = 30_000
const GRACE = 10_000

export class SupervisedProcess {
  readonly name: string
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #pause = FIRST_PAUSE
  #startedAt = 0
  #stopping = false
  /** How often it ended without being asked to. */
  deaths = 0

  constructor(options: ProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): this {
    const { command, env, logFile } = this.#options
    const [program, ...args] = command
    const log = openSync(logFile, 'a', 0o600)
    this.#startedAt = performance.now()
    // A process group of its own: Ctrl-C on the terminal reaches us alone, and we stop the parts in order.
    const child = spawn(program, args, {
      env: { ...process.env, ...env, SLUICE_EXIT_WITH_PARENT: '1' },
      stdio: ['pipe', log, log],
      detached: true,
    })
    closeSync(log)
    child.stdin?.on('error', () => {})
    this.#child = child
    child.once('error', error => this.#ended(child, error.message))
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`))
    return this
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return
    this.#child = undefined
    if (this.#stopping) return
    this.deaths++
    if (performance.now() - this.#startedAt > STEADY) this.#pause = FIRST_PAUSE
    const pause = this.#pause
    this.#pause = Math.min(pause * 2, LONGEST_PAUSE)
    this.#restart = setTimeout(() => this.start(), pause)
    this.#options.onExit?.(how, pause)
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), GRACE)
    await gone
    clearTimeout(kill)
  }
}
