/**
 * Dependencies resolved to versions, and the lock that records them: what `helm dependency update` decides. Pure; what the
 * repositories and folders hold is passed in. Follows helm's internal/resolver.
 */
import { createHash } from 'node:crypto'
import { type Constraint, compareVersions, parseConstraint, parseVersion, satisfies } from '@sluice/semver'
import type { ChartDependency, ChartLock, ChartMetadata } from './chart.ts'
import { HelmError } from './helm-error.ts'
import { dependencyFields, lockedFields } from './package-chart.ts'

export type LockedDependency = ChartLock['dependencies'][number]

export interface DependencyVersions {
  /** The version of the chart in a folder, by its `file://` address. */
  local(dependency: ChartDependency): Promise<string>
  /** The versions of a chart in a repository that can be downloaded; `undefined` when it has no such chart. */
  remote(dependency: ChartDependency): Promise<readonly string[] | undefined>
}

/** In the order of the dependencies. Throws HelmError in helm's words. */
export async function resolveDependencies(
  dependencies: readonly ChartDependency[],
  versions: DependencyVersions,
): Promise<LockedDependency[]> {
  const locked: LockedDependency[] = []
  const missing: string[] = []
  for (const dependency of dependencies) {
    const { name, repository, version } = dependency
    const constraint = dependencyConstraint(name, version)
    const found = repository === '' ? version : await versionOf(dependency, constraint, versions)
    if (found === undefined) {
      missing.push(`"${name}" (repository "${repository}", version "${version}")`)
    } else locked.push({ name, version: found, repository })
  }
  if (missing.length === 0) return locked
  throw new HelmError(
    `can't get a valid version for ${missing.length} subchart(s): ${missing.join(', ')}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
  )
}

async function versionOf(
  dependency: ChartDependency,
  constraint: Constraint,
  versions: DependencyVersions,
): Promise<string | undefined> {
  const { name, repository } = dependency
  if (repository.startsWith('file://')) {
    const version = await versions.local(dependency)
    const parsed = parseVersion(version)
    return parsed && satisfies(parsed, constraint) ? version : undefined
  }
  const offered = await versions.remote(dependency)
  if (!offered) throw new HelmError(`${name} chart not found in repo ${repository}`)
  const matching = offered.flatMap(one => {
    const version = parseVersion(one)
    return version && satisfies(version, constraint) ? [version] : []
  })
  return matching.sort((a, b) => compareVersions(b, a))[0]?.original
}

/** What is wrong with the version of a chart that is there for a dependency; `undefined` when nothing is. */
export function versionProblem(
  { name, version }: Pick<ChartDependency, 'name' | 'version'>,
  found: string,
): 'invalid version' | 'wrong version' | undefined {
  if (version === found) return undefined
  const parsed = parseVersion(found)
  if (!parsed) return 'invalid version'
  try {
    return satisfies(parsed, dependencyConstraint(name, version)) ? undefined : 'wrong version'
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    return 'invalid version'
  }
}

function dependencyConstraint(name: string, version: string): Constraint {
  try {
    return parseConstraint(version)
  } catch (error) {
    const said = `improper constraint: ${version}`
    throw new HelmError(`dependency "${name}" has an invalid version/constraint format: ${said}`, { cause: error })
  }
}

/** What a lock says of the dependencies it was made for: both change it. */
export function lockDigest(dependencies: readonly ChartDependency[], locked: readonly LockedDependency[]): string {
  return digestOf([dependencies.map(dependencyFields), locked.map(lockedFields)])
}

/**
 * Throws HelmError when the lock was made for other dependencies.
 *
 * @param original the dependencies with their repositories as written, by alias perhaps; of a v1 chart Helm 2 digested those
 */
export function checkLock(
  { apiVersion, dependencies }: Pick<ChartMetadata, 'apiVersion' | 'dependencies'>,
  lock: ChartLock,
  original: readonly ChartDependency[],
): void {
  if (lockDigest(dependencies, lock.dependencies) === lock.digest) return
  if (apiVersion !== 'v1') {
    throw new HelmError(
      'the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies',
    )
  }
  if (digestOf({ dependencies: original.map(dependencyFields) }) === lock.digest) return
  throw new HelmError(
    'the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies',
  )
}

function digestOf(value: unknown): string {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, char => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
