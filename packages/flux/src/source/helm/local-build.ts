/**
 * A chart from the content of another source: a folder is packaged with its dependencies, an archive is stored as it is
 * unless its values or version change. Follows source-controller's local builder.
 */
import type { HelmChart } from '@sluice/api'
import type { MemoryTree } from '@sluice/artifact'
import {
  addMissingDependencies,
  type ChartDependency,
  chartParts,
  type DependencyDoor,
  HelmError,
  packageChart,
  validChartMetadata,
} from '@sluice/helm'
import { BuildError, building, type ChartBuild, effectiveValuesFiles, storedBuild, versionWith } from './chart-build.ts'
import { archiveAt, chartFiles, isFolder, metadataFiles, securePath } from './tree-chart.ts'
import { mergedValues, overwriteValues } from './values-files.ts'

export interface LocalInput {
  object: HelmChart
  /** As the pass has it: without an artifact that is missing. */
  status: HelmChart['status']
  tree: MemoryTree
  /** Of the source, e.g. `main@sha1:<hex>`. */
  revision: string
  remote: DependencyDoor['remote']
}

/** @throws {BuildError} */
export async function buildLocal({ object, status, tree, revision, remote }: LocalInput): Promise<ChartBuild> {
  const { spec } = object
  const path = checkedPath(spec.chart)
  const { name, version: own } = await building('InvalidChartReference', async () => {
    return validChartMetadata(await metadataFiles(tree, path))
  })
  const version = versionWith(own, versionMetadata(object, revision))
  const folder = isFolder(tree, path)
  const valuesFiles = effectiveValuesFiles(spec)
  const packaged = folder || version !== own || valuesFiles.length > 0
  const stored = storedBuild(object, status, { name, version, packaged })
  if (stored) return stored
  if (!packaged) {
    const archive = archiveAt(tree, path)
    return { name, version, archive, packaged, valuesFiles: [], resolvedDependencies: 0 }
  }
  const merged = await building('ValuesFilesError', () => {
    return valuesFiles.length > 0 ? valuesOf(tree, spec) : undefined
  })
  const files = await building('ChartPackageError', () => chartFiles(tree, path))
  const unreadable = folder ? `failed to load chart from /${path}/: ` : ''
  const chart = await building('ChartPackageError', () => chartParts(files), unreadable)
  chart.metadata.version = version
  const changed = await building(
    'ValuesFilesError',
    () => merged !== undefined && overwriteValues(chart, merged.values),
  )
  const resolvedDependencies = folder
    ? await building('DependencyBuildError', () => addMissingDependencies(chart, doorOf(tree, path, remote)))
    : 0
  const archive = await building('ChartPackageError', () => packageChart(chart))
  return { name, version, archive, packaged, valuesFiles: changed ? (merged?.files ?? []) : [], resolvedDependencies }
}

function checkedPath(path: string): string {
  if (path === '') throw new BuildError('InvalidChartReference', 'no path set for local chart reference')
  if (path.startsWith('/')) {
    throw new BuildError('InvalidChartReference', 'local chart reference path is expected to be relative')
  }
  return securePath(path)
}

/** What tells charts of one version apart: the source's revision when that counts, and the object's generation. */
function versionMetadata({ spec, metadata }: HelmChart, revision: string): string {
  const parts: string[] = []
  if (spec.reconcileStrategy === 'Revision') parts.push(revision.slice(revision.lastIndexOf(':') + 1).slice(0, 12))
  if (effectiveValuesFiles(spec).length > 0) parts.push(String(metadata.generation))
  return parts.join('.')
}

/** Paths are the source's, not the chart's. */
function valuesOf(tree: MemoryTree, { valuesFiles = [], ignoreMissingValuesFiles }: HelmChart['spec']) {
  const read = (path: string) => {
    const content = tree.readFile(securePath(path))
    return content && Buffer.from(content).toString('utf8')
  }
  const missing = (path: string) => `no values file found at path '/${securePath(path)}' (reference '${path}')`
  // A folder in the place of a file is an error in any case.
  const ignored = (path: string) => ignoreMissingValuesFiles && !isFolder(tree, securePath(path))
  const wanted = valuesFiles.filter(path => read(path) !== undefined || !ignored(path))
  return mergedValues(wanted, read, missing)
}

function doorOf(tree: MemoryTree, path: string, remote: DependencyDoor['remote']): DependencyDoor {
  return {
    remote,
    local: async dependency => {
      const at = localPath(path, dependency)
      const place = `/${at}`
      if (!isFolder(tree, at) && tree.readFile(at) === undefined) {
        throw new HelmError(`no chart found at '${place}' (reference '${dependency.repository}')`)
      }
      return { files: await chartFiles(tree, at), place }
    },
  }
}

function localPath(chart: string, { name, repository }: ChartDependency): string {
  if (repository === '') return securePath(chart, 'charts', name)
  // What stands after `file://` is a path from the chart's folder, also when it begins with a slash.
  return securePath(chart, repository.slice('file://'.length))
}
