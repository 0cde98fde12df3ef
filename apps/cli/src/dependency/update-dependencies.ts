/**
 * `sluice dependency update` and `build`: the charts that a chart depends on, fetched into its charts/ folder, and the lock
 * that says which. All are fetched before the first is put in place.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import {
  type ChartDependency,
  type ChartParts,
  chartParts,
  checkLock,
  HelmError,
  type LockedDependency,
  lockDigest,
  lockYaml,
  packageChart,
  packageName,
  readChartArchive,
  readChartDirectory,
  resolveDependencies,
  validChartMetadata,
  versionProblem,
} from '@sluice/helm'
import type { DependencySources } from './dependency-sources.ts'

export interface DependencyJob {
  /** The chart's folder. */
  folder: string
  sources: DependencySources
  say(line: string): void
  now(): Date
}

/** Versions anew, by Chart.yaml. Throws HelmError in helm's words. */
export async function updateDependencies(job: DependencyJob): Promise<void> {
  await update(await loaded(job.folder), job)
}

/** Versions as locked; without a lock like {@link updateDependencies}. Throws HelmError in helm's words. */
export async function buildDependencies(job: DependencyJob): Promise<void> {
  const chart = await loaded(job.folder)
  const { metadata, lock } = chart
  if (!lock) return update(chart, job)
  const dependencies = job.sources.addressed(metadata.dependencies)
  checkLock({ ...metadata, dependencies }, lock, metadata.dependencies)
  await save(lock.dependencies, job)
}

async function update({ metadata, lock }: ChartParts, job: DependencyJob): Promise<void> {
  if (metadata.dependencies.length === 0) return
  const { folder, sources } = job
  const dependencies = sources.addressed(metadata.dependencies)
  const locked = await resolveDependencies(dependencies, {
    local: async dependency => (await localChart(folder, dependency)).metadata.version,
    remote: dependency => sources.versions(dependency),
  })
  await save(locked, job)
  const digest = lockDigest(dependencies, locked)
  if (lock?.digest === digest) return
  const file = metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock'
  await writeFile(join(folder, file), lockYaml({ generated: job.now().toISOString(), digest, dependencies: locked }))
}

async function loaded(folder: string): Promise<ChartParts> {
  const found = await stat(folder).catch(() => undefined)
  if (!found) throw new HelmError(`could not find ${folder}: no such file or directory`)
  if (!found.isDirectory()) throw new HelmError('only unpacked charts can be updated')
  return chartParts(await readChartDirectory(folder))
}

async function localChart(folder: string, { repository }: Pick<ChartDependency, 'repository'>): Promise<ChartParts> {
  const path = repository.replace(/^file:\/\//, '')
  const place = isAbsolute(path) ? path : join(folder, path)
  if (!(await stat(place).catch(() => undefined))) throw new HelmError(`directory ${place} not found`)
  return chartParts(await readChartDirectory(place))
}

async function save(locked: readonly LockedDependency[], job: DependencyJob): Promise<void> {
  const { folder, say } = job
  const charts = join(folder, 'charts')
  const found = await stat(charts).catch(() => undefined)
  if (found && !found.isDirectory()) throw new HelmError(`"${charts}" is not a directory`)
  await mkdir(charts, { recursive: true })
  // Should it be left behind, by a kill, then nobody takes it for a chart: names that begin with a dot are left out.
  const waiting = await mkdtemp(join(charts, '.incoming-'))
  try {
    say(`Saving ${locked.length} charts`)
    const fetched = new Set<string>()
    for (const dependency of locked) {
      const file = await fetchInto(waiting, dependency, job, fetched)
      if (file !== undefined) fetched.add(file)
    }
    for (const file of fetched) await rename(join(waiting, file), join(charts, file))
    say('Deleting outdated charts')
    const kept = new Set(locked.filter(({ repository }) => repository === '').map(({ name }) => name))
    await deleteOutdated(charts, fetched, kept, say)
  } finally {
    await rm(waiting, { recursive: true, force: true })
    // Nothing came: it is as it was.
    if (!found) await rmdir(charts).catch(() => {})
  }
}

/** The name of the file; `undefined` for a chart that is in its place already. */
async function fetchInto(
  directory: string,
  dependency: LockedDependency,
  { folder, sources, say }: DependencyJob,
  fetched: ReadonlySet<string>,
): Promise<string | undefined> {
  const { name, version, repository } = dependency
  if (repository === '') {
    say(`Dependency ${name} did not declare a repository. Assuming it exists in the charts directory`)
    await checkPresent(folder, dependency)
    return undefined
  }
  if (repository.startsWith('file://')) {
    const chart = await localChart(folder, dependency)
    checkVersion(dependency, chart.metadata.version)
    const file = packageName(chart.metadata)
    await writeFile(join(directory, file), await packageChart(chart))
    return file
  }
  if (fetched.has(`${name}-${version}.tgz`)) {
    say(`Already downloaded ${name} from repo ${repository}`)
    return undefined
  }
  say(`Downloading ${name} from repo ${repository}`)
  const { file, archive } = await sources.download(dependency)
  // What is no chart does not get into the folder.
  validChartMetadata(await readChartArchive(archive))
  await writeFile(join(directory, file), archive)
  return file
}

async function checkPresent(folder: string, dependency: LockedDependency): Promise<void> {
  const place = join(folder, 'charts', dependency.name)
  const files = await readChartDirectory(place).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new HelmError(`unable to load chart '${place}': ${said}`, { cause: error })
  })
  checkVersion(dependency, validChartMetadata(files).version)
}

function checkVersion(dependency: LockedDependency, found: string): void {
  const { name, version } = dependency
  const problem = versionProblem(dependency, found)
  if (problem === 'invalid version') throw new HelmError(`invalid version ${version} for dependency ${name}`)
  if (problem) throw new HelmError(`dependency ${name} at version ${found} does not satisfy the constraint ${version}`)
}

/** Archives of charts that no longer belong there; whatever else is in the folder stays. */
async function deleteOutdated(
  charts: string,
  present: ReadonlySet<string>,
  kept: ReadonlySet<string>,
  say: DependencyJob['say'],
): Promise<void> {
  for (const entry of await readdir(charts, { withFileTypes: true })) {
    if (entry.isDirectory() || present.has(entry.name)) continue
    const path = join(charts, entry.name)
    try {
      const { name } = validChartMetadata(await readChartArchive(await readFile(path)))
      if (!kept.has(name)) await rm(path)
    } catch (error) {
      say(`Could not verify ${path} for deletion: ${error instanceof Error ? error.message : String(error)} (Skipping)`)
    }
  }
}
