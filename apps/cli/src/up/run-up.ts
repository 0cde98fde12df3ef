/**
 * `sluice up` from start to end: takes the data directory, starts the system, shows how it gets ready, prints the result, and either
 * stays with a line for each change or stops.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { oneLine, shortDigests } from '../cluster/flux-object.ts'
import { CLUSTER_VERSION } from '../fleet/versions.ts'
import { at, ServiceError } from '../fleet-client.ts'
import { outputStream, writeOut } from '../standard-output.ts'
import { emptyDataDirectory, makeFolders, openDataDirectory } from './data-directory.ts'
import { takeInstanceLock } from './instance-lock.ts'
import { keyOf, Observer } from './observe.ts'
import { Progress, type ProgressPart } from './progress.ts'
import { configurationTable, nextSteps, reportDocument, unreadyText } from './report-text.ts'
import { groupId } from './resource-paths.ts'
import { type System, startSystem } from './system.ts'
import { type ConfigurationReport, unknownReport } from './system-report.ts'
import { unreadyObjects } from './unready-objects.ts'
import type { UpOptions } from './up-options.ts'

/** Milliseconds between two looks at the service. */
const LOOK = 300

/** Answers the exit code. `signal` aborts when the person or the system asks us to stop. */
export async function runUp(options: UpOptions, signal: AbortSignal): Promise<number> {
  const began = performance.now()
  const directory = openDataDirectory(options.dataDir)
  const lock = takeInstanceLock(directory.lock)
  const stops: (() => Promise<void>)[] = []
  // Parts that are still starting when another one fails give up, too.
  const ended = new AbortController()
  const running = AbortSignal.any([signal, ended.signal])
  const progress = new Progress(options.json ? process.stderr : outputStream())
  try {
    if (options.fresh) emptyDataDirectory(directory)
    makeFolders(directory)
    const system = await startSystem(directory, options, progress, running, stop => stops.push(stop))
    const observer = new Observer(system, began)
    const ready = await untilSettled(system, observer, options.timeout, progress, signal)
    progress.close()
    const reports = ready.settled ? ready.reports : await withObjects(system, ready.reports)
    await printResult(system, reports, options, directory.root)
    if (!ready.settled) process.stderr.write(unreadyText(reports, await system.head()))
    if (options.untilReady) return ready.settled ? 0 : 1
    await printChanges(observer, ready.reports, options, signal)
    return 0
  } catch (error) {
    progress.close()
    if (!signal.aborted) throw error
    return options.untilReady ? 130 : 0
  } finally {
    ended.abort()
    if (!options.untilReady) process.stderr.write('Stopping …\n')
    // Together: none of them needs another to stop, and each has its own grace.
    await Promise.all(stops.map(stop => stop()))
    lock.release()
  }
}

interface Readiness {
  settled: boolean
  reports: ConfigurationReport[]
}

/** Looks at the service until every configuration is compliant at the current commit, or the time is over. */
async function untilSettled(
  system: System,
  observer: Observer,
  timeout: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<Readiness> {
  const lines = new Map<string, ProgressPart>()
  for (const desired of system.configurations) {
    const line = progress.part(keyOf(desired))
    line.update('working', 'Pending')
    lines.set(keyOf(desired), line)
  }
  const end = performance.now() + timeout
  let reports = system.configurations.map(unknownReport)
  for (;;) {
    try {
      reports = await observer.look()
      for (const report of reports) lines.get(keyOf(report))?.update(...progressOf(report))
    } catch (error) {
      // The service may have died: it is started again, and its data are safe. What it refuses is another matter.
      if (error instanceof ServiceError) throw error
    }
    const done = new Set(reports.filter(({ seconds }) => seconds !== null).map(keyOf))
    const settled = system.configurations.every(desired => done.has(keyOf(desired)))
    if (settled || performance.now() > end) return { settled, reports }
    await sleep(LOOK, undefined, { signal })
  }
}

/** The same reports with the applied objects that are in the way, as far as the clusters can be asked. */
function withObjects(system: System, reports: ConfigurationReport[]): Promise<ConfigurationReport[]> {
  return Promise.all(
    reports.map(async report => {
      const cluster = system.clusters.find(({ name }) => name === report.cluster)
      if (!cluster || report.unready.length === 0) return report
      try {
        return { ...report, unready: [...report.unready, ...(await unreadyObjects(report, cluster.client))] }
      } catch (error) {
        const message = `its objects cannot be asked for: ${error instanceof Error ? error.message : error}`
        return {
          ...report,
          unready: [...report.unready, { kind: 'Cluster', namespace: '', name: cluster.name, message }],
        }
      }
    }),
  )
}

function progressOf(report: ConfigurationReport): Parameters<ProgressPart['update']> {
  const revision = shortDigests(report.revision)
  if (report.seconds !== null) return ['done', `Compliant at ${revision}, ${report.objects} objects`]
  return ['working', `${report.complianceState}${revision ? ` at ${revision}` : ''}${reasonOf(report)}`]
}

async function printResult(
  system: System,
  reports: ConfigurationReport[],
  options: UpOptions,
  root: string,
): Promise<void> {
  if (!options.json) {
    writeOut(`\n${configurationTable(reports)}`)
    if (!options.untilReady) writeOut(nextSteps(system, root))
    return
  }
  const clusters = await system.fleet
    .client()
    .list(`${groupId}/providers/Microsoft.Kubernetes/connectedClusters`, CLUSTER_VERSION)
  const connectivity = new Map(
    clusters.map(cluster => [String(cluster.name), String(at(cluster, 'properties.connectivityStatus') ?? 'Unknown')]),
  )
  writeOut(`${JSON.stringify(reportDocument(system, reports, connectivity), null, 2)}\n`)
}

/** A line for each change of compliance or revision, until we are stopped. */
async function printChanges(
  observer: Observer,
  first: ConfigurationReport[],
  { json }: UpOptions,
  signal: AbortSignal,
): Promise<void> {
  const stream = json ? process.stderr : outputStream()
  const say = (text: string): void => {
    stream.write(`${new Date().toTimeString().slice(0, 8)}  ${text}\n`)
  }
  const shown = new Map(first.map(report => [keyOf(report), changeText(report)]))
  let reachable = true
  for (;;) {
    await sleep(LOOK, undefined, { signal })
    try {
      const reports = await observer.look()
      if (!reachable) say('the fleet service answers again')
      reachable = true
      for (const report of reports) {
        const text = changeText(report)
        if (shown.get(keyOf(report)) === text) continue
        shown.set(keyOf(report), text)
        say(`${keyOf(report)}  ${text}`)
      }
    } catch (error) {
      if (signal.aborted) return
      if (reachable) say(`✗ ${error instanceof Error ? error.message : error}`)
      reachable = false
    }
  }
}

function changeText(report: ConfigurationReport): string {
  const revision = shortDigests(report.revision) || 'no revision'
  return `${report.complianceState} at ${revision}, ${report.objects} objects${reasonOf(report)}`
}

/** The first object in the way, on one line. */
function reasonOf({ unready: [first] }: ConfigurationReport): string {
  return first ? `: ${first.kind}/${first.name}: ${oneLine(shortDigests(first.message))}` : ''
}
