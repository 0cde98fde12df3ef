/**
 * The chart that a command line names, as helm looks for it: a directory or an archive on this machine,
 * `repository/name` of those that `helm repo add` knows, the address of an archive, a name within `--repo`, or one in a
 * registry.
 */
import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { type ChartFile, HelmError, readChart } from '@sluice/helm'
import type { ChartPlace } from './fetch-located.ts'

export interface LocatedChart {
  files: readonly ChartFile[]
  /** Where it lies unpacked on this machine. */
  folder?: string
}

/** What is fetched loads its parts only then. Throws HelmError and UsageError. */
export async function locateChart(name: string, options: ChartPlace): Promise<LocatedChart> {
  const reference = name.trim()
  if (!options.repo) {
    const found = statSync(reference, { throwIfNoEntry: false })
    if (found) {
      const files = await readChart(reference)
      return found.isDirectory() ? { files, folder: reference } : { files }
    }
    if (isAbsolute(reference) || reference.startsWith('.')) throw new HelmError(`path "${reference}" not found`)
  }
  const { fetchLocated } = await import('./fetch-located.ts')
  return { files: await fetchLocated(reference, options) }
}
