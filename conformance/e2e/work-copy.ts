import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A person's clone of the repository: changes files, commits, pushes. */
const run = promisify(execFile)

export class WorkCopy {
  readonly path: string

  readonly #branch: string

  private constructor(path: string, branch: string) {
    this.path = path
    this.#branch = branch
  }

  static async clone(url: string): Promise<WorkCopy> {
    const path = await mkdtemp(join(tmpdir(), 'sluice-clone-'))
    await run('git', ['clone', '-q', url, path])
    return new WorkCopy(path, 'main')
  }

  /** A branch that begins with nothing in it. */
  static async emptyBranch(url: string, branch: string): Promise<WorkCopy> {
    const { path } = await WorkCopy.clone(url)
    const copy = new WorkCopy(path, branch)
    await copy.git('checkout', '-q', '--orphan', branch)
    await copy.git('rm', '-rfq', '.')
    return copy
  }

  /** Commits the files (`null` deletes one; a commit may change nothing) and pushes. Answers the commit. */
  async push(message: string, files: Record<string, string | null>): Promise<string> {
    for (const [file, content] of Object.entries(files)) {
      const path = join(this.path, file)
      if (content === null) await rm(path, { force: true })
      else {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, content)
      }
    }
    await this.git('add', '-A')
    await this.git(
      '-c',
      'user.name=dev',
      '-c',
      'user.email=dev@example.com',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      message,
    )
    await this.git('push', '-q', 'origin', `HEAD:${this.#branch}`)
    return (await this.git('rev-parse', 'HEAD')).trim()
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', args, { cwd: this.path })
    return stdout
  }
}
