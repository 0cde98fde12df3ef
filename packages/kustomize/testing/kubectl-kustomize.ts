/** The real `kubectl kustomize` over files in memory, for tests that compare with it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const tools = join(import.meta.dirname, '../../../.test-tools')

/** Why comparing is skipped; false when it is not. */
export const withoutKubectl = !existsSync(join(tools, 'kubectl')) && 'the real kubectl is not unpacked here'

export interface RealKustomize {
  /** Its standard output for the directory `path` of the files. Rejects when it refuses. */
  build(files: ReadonlyMap<string, string | Uint8Array>, path: string, options?: readonly string[]): Promise<string>
  close(): Promise<void>
}

export async function realKustomize(): Promise<RealKustomize> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-kustomize-'))
  // kustomize 5.7 asks for the version as Helm 3 did, and accepts no other.
  const helm = join(scratch, 'helm3')
  await writeFile(helm, `#!/bin/sh\n[ "$1" = version ] && echo v3.18.0 || exec ${join(tools, 'helm')} "$@"\n`, {
    mode: 0o755,
  })
  return {
    async build(files, path, options = []) {
      const root = await mkdtemp(join(scratch, 'case-'))
      for (const [name, text] of files) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), text)
      }
      const args = ['kustomize', ...options, `--helm-command=${helm}`, join(root, path)]
      const { stdout } = await promisify(execFile)(join(tools, 'kubectl'), args, { encoding: 'utf8' })
      return stdout
    },
    close: () => rm(scratch, { recursive: true, force: true }),
  }
}
