/** Runs programs to their end and says how long each took, from before it starts until it has ended, all output read. */
import { spawn } from 'node:child_process'
import { root } from '../scripts/set-up.mjs'
import { processUse } from './process-use.ts'

export interface TimedProcess {
  name: string
  command: string
  args: string[]
  /** Instead of the environment of this process. */
  env?: NodeJS.ProcessEnv
  /** Further runs after the first, unless all as often as the others. */
  runs?: number
  /** Seconds after which it is stopped, which then counts as the time it took. */
  limit?: number
}

export interface Timed {
  seconds: number
  stdout: Buffer
  /** MiB at most, as last seen a few milliseconds before the end; NaN where it was not asked for. */
  peak: number
  /** It did not end within its limit. */
  stopped: boolean
}

/** The environment as a user has it: without what the scripts of this repository add to make later starts fast. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: _, NODE_EXTRA_CA_CERTS: __, ...env } = process.env
  return env
}

/** `watched` looks at its memory all along, which is not for runs whose time counts. */
export function timed(process: TimedProcess, watched = false): Promise<Timed> {
  const { name, command, args, env = plainEnvironment(), limit } = process
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => out.push(part))
    child.stderr.on('data', (part: Buffer) => errors.push(part))
    let peak = Number.NaN
    const { pid } = child
    const look = (): void => {
      const now = pid === undefined ? Number.NaN : processUse(pid).peak
      // What has ended has no memory any more.
      if (now > 0) peak = now
    }
    const looking = watched ? setInterval(look, 4) : undefined
    let stopped = false
    const stop = (): void => {
      stopped = child.kill('SIGKILL')
    }
    const stopping = limit === undefined ? undefined : setTimeout(stop, limit * 1000)
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(looking)
      clearTimeout(stopping)
      const took = (performance.now() - began) / 1000
      if (code === 0 || stopped) return resolve({ seconds: took, stdout: Buffer.concat(out), peak, stopped })
      reject(new Error(`${name} failed with exit code ${code}: ${Buffer.concat(errors).toString('utf8').slice(-1000)}`))
    })
  })
}

/**
 * Runs all programs in turn, one time each a round, so that whatever else the machine does meets all of them alike. The first round fills the
 * disk's cache and is not counted, unless a program runs once only.
 */
export async function inTurn(programs: readonly TimedProcess[], runs: number): Promise<Map<string, number[]>> {
  const samples = new Map(programs.map(({ name }): [string, number[]] => [name, []]))
  for (let round = 0; round <= runs; round += 1) {
    for (const program of programs) {
      const own = samples.get(program.name) ?? []
      if (own.length >= Math.min(program.runs ?? runs, runs)) continue
      const { seconds } = await timed(program)
      if (round > 0 || program.runs === 1) own.push(seconds)
    }
  }
  return samples
}
