/**
 * The bare repository that the first start makes of the example manifests. It is never written again: from then on it belongs to whoever commits to
 * it.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createBareRepository } from '@sluice/artifact'
import type { ExampleFile } from './example-files.ts'

const exec = promisify(execFile)

/** Commits as nobody in particular, whatever the person's own git configuration says. */
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Sluice',
  GIT_AUTHOR_EMAIL: 'sluice@example.com',
  GIT_COMMITTER_NAME: 'Sluice',
  GIT_COMMITTER_EMAIL: 'sluice@example.com',
}

/** Makes the repository at `path` with one commit of `files` on `main`. Answers false when it is there already. */
export async function seedRepository(path: string, files: readonly ExampleFile[]): Promise<boolean> {
  if (existsSync(path)) return false
  mkdirSync(dirname(path), { recursive: true })
  const work = mkdtempSync(join(dirname(path), '.seed-'))
  try {
    const bare = join(work, 'repository.git')
    const tree = join(work, 'tree')
    await createBareRepository(bare)
    for (const { path: name, content } of files) {
      mkdirSync(dirname(join(tree, name)), { recursive: true })
      writeFileSync(join(tree, name), content)
    }
    const git = (...args: string[]) =>
      exec('git', [`--git-dir=${bare}`, `--work-tree=${tree}`, ...args], { cwd: tree, env: environment })
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'What the platform runs, and the shop on top of it')
    // In place only when complete: a start that was interrupted begins again.
    renameSync(bare, path)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return true
}
