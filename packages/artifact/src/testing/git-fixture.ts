/**
 * A repository on disk, a server in front of it and the commits a test asks for. Fixed author and dates, so that hashes
 * are the same in every run.
 */

import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  createBareRepository,
  type GitHttpServer,
  type GitHttpServerOptions,
  gitHttpServer,
} from '../git/http-backend.ts'

export interface CommitOptions {
  files?: Record<string, string | null>
  executables?: string[]
  links?: Record<string, string>
  message?: string
  branch?: string
  tag?: string
  refs?: string[]
  /** Seconds after 2026-01-01. */
  at?: number
}

export class GitFixture {
  readonly directory: string
  readonly server: GitHttpServer
  #commits = 0

  private constructor(directory: string, server: GitHttpServer) {
    this.directory = directory
    this.server = server
  }

  static async start(options: Omit<GitHttpServerOptions, 'root'> = {}): Promise<GitFixture> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-git-'))
    const root = join(directory, 'served')
    await mkdir(root, { recursive: true })
    return new GitFixture(directory, await gitHttpServer({ ...options, root }))
  }

  url(repository: string): string {
    return `${this.server.url}/${repository}.git`
  }

  path(repository: string): string {
    return join(this.directory, 'served', `${repository}.git`)
  }

  async create(repository: string): Promise<void> {
    await createBareRepository(this.path(repository))
  }

  /** Commits on top of the branch and puts it on the server; the commit's id. */
  async commit(repository: string, options: CommitOptions = {}): Promise<string> {
    const { files = {}, executables = [], links = {}, message, branch = 'main', tag, refs = [] } = options
    const work = join(this.directory, 'work', repository)
    if (this.#commits++ === 0 || !git(work, ['rev-parse', '--git-dir'], false)) {
      await mkdir(work, { recursive: true })
      await this.create(repository)
      git(work, ['init', '-q', '-b', 'main'])
    }
    if (git(work, ['rev-parse', '-q', '--verify', branch], false)) git(work, ['checkout', '-q', branch])
    else git(work, ['checkout', '-q', '-B', branch])
    for (const [path, text] of Object.entries(files)) {
      const file = join(work, path)
      await mkdir(dirname(file), { recursive: true })
      if (text === null) await rm(file, { recursive: true, force: true })
      else await writeFile(file, text, { mode: executables.includes(path) ? 0o755 : 0o644 })
    }
    for (const [path, target] of Object.entries(links)) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await symlink(target, join(work, path))
    }
    git(work, ['add', '-A', '-f'])
    const date = `${1_767_225_600 + (options.at ?? this.#commits)} +0000`
    git(work, ['commit', '-q', '--allow-empty', '-m', message ?? `change ${this.#commits}`], true, date)
    if (tag) git(work, ['tag', '-f', '-a', '-m', tag, tag], true, date)
    git(work, ['push', '-q', '-f', '--tags', this.path(repository), branch])
    for (const ref of refs) git(work, ['push', '-q', '-f', this.path(repository), `HEAD:${ref}`])
    return git(work, ['rev-parse', 'HEAD'])
  }

  async close(): Promise<void> {
    await this.server.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

export function git(directory: string, args: string[], must = true, date?: string): string {
  const run = spawnSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'dev',
      GIT_AUTHOR_EMAIL: 'dev@example.com',
      GIT_COMMITTER_NAME: 'dev',
      GIT_COMMITTER_EMAIL: 'dev@example.com',
      ...(date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
    },
  })
  if (run.status !== 0 && must) throw new Error(`git ${args.join(' ')}: ${run.stderr || run.error?.message}`)
  return run.status === 0 ? run.stdout.trim() || 'ok' : ''
}
