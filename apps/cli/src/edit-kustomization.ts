/**
 * Reads the kustomization file of a directory, has it changed, and writes it: the work behind `sluice edit`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as kustomize from '@sluice/kustomize'

export function editKustomization(
  dir: string,
  edit: (edits: typeof kustomize, file: kustomize.EditableFile) => string,
): void {
  const path = kustomize.kustomizationFileNames.map(name => join(dir, name)).find(existsSync)
  if (path === undefined) {
    throw new Error(
      `there is no ${kustomize.kustomizationFileNames.join(', ')} in ${dir}; give its directory with --dir`,
    )
  }
  const text = readFileSync(path, 'utf8')
  const edited = explained(() => edit(kustomize, { path, text }))
  if (edited !== text) writeFileSync(path, edited)
}

/** What is added must be there, or be a URL. */
export function requireFiles(dir: string, paths: readonly string[]): void {
  const missing = paths.filter(
    path => !kustomize.isRemote(path) && !kustomize.isFileUrl(path) && !existsSync(join(dir, path)),
  )
  if (missing.length > 0) throw new Error(`not found in ${dir}: ${missing.join(', ')}`)
}

function explained(run: () => string): string {
  try {
    return run()
  } catch (error) {
    throw error instanceof kustomize.KustomizeError ? new Error(error.explained(), { cause: error }) : error
  }
}
