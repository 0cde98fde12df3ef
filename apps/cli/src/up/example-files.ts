/** The example repository's files: inlined into the bundle by `npm run build`, read from `examples/` when run from sources. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ExampleFile {
  /** Relative to the repository, with slashes. */
  path: string
  content: string
}

declare const SLUICE_EXAMPLES: readonly ExampleFile[] | undefined

export function exampleFiles(): readonly ExampleFile[] {
  if (typeof SLUICE_EXAMPLES !== 'undefined' && SLUICE_EXAMPLES) return SLUICE_EXAMPLES
  const folder = fileURLToPath(new URL('../../../../examples', import.meta.url))
  return globSync('**/*', { cwd: folder })
    .filter(path => statSync(join(folder, path)).isFile())
    .sort()
    .map(path => ({ path: path.split(sep).join('/'), content: readFileSync(join(folder, path), 'utf8') }))
}
