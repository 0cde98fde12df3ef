/** What building a chart comes to, what it is asked with, and how it fails: Flux's words and reasons. */
import type { HelmChart } from '@sluice/api'
import { parseVersion } from '@sluice/semver'

export interface ChartBuild {
  name: string
  /** With its metadata. */
  version: string
  /** `undefined`: the stored artifact is it. */
  archive: Uint8Array | undefined
  /** Made here rather than stored as published. */
  packaged: boolean
  /** The values files that went in. */
  valuesFiles: readonly string[]
  resolvedDependencies: number
}

export type BuildReason =
  | 'InvalidChartReference'
  | 'ChartPullError'
  | 'MetadataPatchError'
  | 'ValuesFilesError'
  | 'DependencyBuildError'
  | 'ChartPackageError'
  | 'ChartVerificationError'

const SUMMARIES: Record<BuildReason, string> = {
  InvalidChartReference: 'invalid chart reference',
  ChartPullError: 'chart pull error',
  MetadataPatchError: 'chart metadata patch error',
  ValuesFilesError: 'values files merge error',
  DependencyBuildError: 'dependency build error',
  ChartPackageError: 'chart package error',
  ChartVerificationError: 'chart verification error',
}

export class BuildError extends Error {
  override name = 'BuildError'
  readonly reason: BuildReason

  constructor(reason: BuildReason, said: string, options?: ErrorOptions) {
    super(`${SUMMARIES[reason]}: ${said}`, options)
    this.reason = reason
  }

  /** Nothing but a change of the object or its source helps. */
  get persistent(): boolean {
    return ['InvalidChartReference', 'MetadataPatchError', 'ValuesFilesError'].includes(this.reason)
  }

  /** The source was had, the chart could not be made of it. */
  get isOfBuild(): boolean {
    return this.reason !== 'InvalidChartReference' && this.reason !== 'ChartPullError'
  }
}

/** Runs `work`; what it throws is a build's failure for `reason`. */
export async function building<T>(reason: BuildReason, work: () => T | Promise<T>, prefix = ''): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BuildError) throw error
    throw new BuildError(reason, prefix + (error instanceof Error ? error.message : String(error)), { cause: error })
  }
}

/** The chart's own defaults named alone are no change of them. */
export function effectiveValuesFiles({ valuesFiles = [] }: HelmChart['spec']): readonly string[] {
  const [only] = valuesFiles
  return valuesFiles.length === 1 && only !== undefined && cleaned(only) === 'values.yaml' ? [] : valuesFiles
}

export function versionWith(version: string, metadata: string): string {
  if (metadata === '') return version
  const parsed = parseVersion(version)
  if (!parsed) {
    const said = 'failed to parse version from chart metadata as SemVer: invalid semantic version'
    throw new BuildError('MetadataPatchError', said)
  }
  const { major, minor, patch, prerelease } = parsed
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}+${metadata}`
}

export function summaryOf({ name, version, packaged, valuesFiles }: ChartBuild): string {
  const files = valuesFiles.length > 0 ? ` and merged values files [${valuesFiles.join(' ')}]` : ''
  return `${packaged ? 'packaged' : 'pulled'} '${name}' chart with version '${version}'${files}`
}

export function reasonOf({ packaged }: ChartBuild): string {
  return packaged ? 'ChartPackageSucceeded' : 'ChartPullSucceeded'
}

/** The stored chart when it is the one wanted and its object is as it was. */
export function storedBuild(
  { metadata, spec, status }: HelmChart,
  stored: HelmChart['status'],
  wanted: { name: string; version: string; packaged: boolean },
): ChartBuild | undefined {
  if (metadata.generation !== status?.observedGeneration) return undefined
  if (stored?.observedChartName !== wanted.name || stored.artifact?.revision !== wanted.version) return undefined
  const valuesFiles = stored.observedValuesFiles ?? effectiveValuesFiles(spec)
  return { ...wanted, archive: undefined, valuesFiles, resolvedDependencies: 0 }
}

/** A path without `.` and doubled slashes, as Go's filepath.Clean. */
export function cleaned(path: string): string {
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && out.length > 0 && out.at(-1) !== '..') out.pop()
    else out.push(part)
  }
  return (path.startsWith('/') ? '/' : '') + out.join('/') || '.'
}
