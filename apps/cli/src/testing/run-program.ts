/** Programs run as a user runs them, for tests: in a folder, in an environment, to their end. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

/** Whatever the exit code. */
export function runProgram(place: Place, command: string, args: readonly string[]): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(command, args, place, (error, stdout, stderr) =>
      resolve({ code: error ? Number(child.exitCode) : 0, stdout, stderr }),
    )
  })
}

/** Files by their paths below a folder. */
export async function writeFiles(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}
