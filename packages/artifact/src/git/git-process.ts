/**
 * The system's `git` as a tool for local objects only: never through a shell, with no configuration, hooks, prompts or
 * environment of the host's, its output bounded, its whole process group killed when it must stop.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { GitProcessError } from './git-error.ts'

const MAX_STDERR = 8 * 1024

/** The environment every git process gets. `home` must be a directory without a `.gitconfig`. */
export function gitEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: 'http:https',
    // Not in any configuration file, so that a mirror's own files cannot bring code with them.
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: '/dev/null',
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
    GIT_CONFIG_KEY_2: 'core.fsync',
    GIT_CONFIG_VALUE_2: 'none',
  }
}

export interface GitChild {
  child: ChildProcessWithoutNullStreams
  /** Resolves when it ended with 0, rejects with {@link GitProcessError} otherwise. */
  finished: Promise<void>
  /** Kills the process and everything it started. */
  kill(): void
}

export function startGit(args: string[], directory: string): GitChild {
  const child = spawn('git', args, { cwd: directory, env: gitEnvironment(directory), stdio: 'pipe', detached: true })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_STDERR) stderr = (stderr + text).slice(0, MAX_STDERR)
  })
  // A broken pipe shows as the exit code, with git's own words beside it.
  child.stdin.on('error', () => {})
  const finished = new Promise<void>((resolve, reject) => {
    child.on('error', error => {
      reject(
        new GitProcessError(`cannot start git: ${error.message}; install git on the controller's machine`, {
          cause: error,
        }),
      )
    })
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new GitProcessError(`git ${args[0]} ended with ${signal ?? code}: ${stderr.trim()}`))
    })
  })
  finished.catch(() => {})
  return { child, finished, kill: () => killGroup(child.pid) }
}

/** Runs git to its end and gives its standard output. */
export async function runGit(args: string[], directory: string, maxBytes = 64 * 1024 * 1024): Promise<Buffer> {
  const { child, finished, kill } = startGit(args, directory)
  child.stdin.end()
  const parts: Buffer[] = []
  let length = 0
  child.stdout.on('data', (part: Buffer) => {
    length += part.length
    if (length > maxBytes) kill()
    else parts.push(part)
  })
  await finished
  return Buffer.concat(parts)
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
