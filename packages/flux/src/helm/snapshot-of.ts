import { createHash } from 'node:crypto'
import type { HelmReleaseSnapshot } from '@sluice/api'
import type { RecordedHook, ReleaseRecord } from '@sluice/release'
import { goJsonMap, goJsonStruct } from './go-json.ts'
import { type DigestAlgorithm, isDigestAlgorithm } from './release-settings.ts'
import { valuesDigest } from './values-digest.ts'

/**
 * What is remembered in the status of a release as Helm stored it: enough to tell later whether it is still the one we
 * made. The digest covers everything of the record but the chart's templates and values, and leaves out its tests,
 * which anybody may run. It equals helm-controller's, so that either of us recognises what the other has made.
 */
export interface Observation {
  record: ReleaseRecord
  action?: HelmReleaseSnapshot['action']
  ociDigest?: string
}

/** Of the way in which digests are made. */
const API_VERSION = 'v2'

export function snapshotOf(
  { record, action, ociDigest }: Observation,
  algorithm: DigestAlgorithm = 'sha256',
): HelmReleaseSnapshot {
  const { name, namespace, version, info } = record
  const { name: chartName = '', version: chartVersion = '', appVersion } = record.chart.metadata ?? {}
  return {
    apiVersion: API_VERSION,
    digest: `${algorithm}:${digestOf(record, ociDigest, algorithm)}`,
    name,
    namespace,
    version,
    status: info.status ?? 'unknown',
    action: action || undefined,
    chartName,
    chartVersion,
    appVersion: appVersion || undefined,
    configDigest: valuesDigest(record.config, algorithm),
    firstDeployed: wholeSeconds(info.first_deployed) ?? ZERO_TIME,
    lastDeployed: wholeSeconds(info.last_deployed) ?? ZERO_TIME,
    deleted: wholeSeconds(info.deleted),
    ociDigest: ociDigest || undefined,
  }
}

/** `undigestible`: the snapshot's digest is none that could be checked. One of an older way is taken on trust. */
export function isRecordOf(snapshot: HelmReleaseSnapshot, record: ReleaseRecord): boolean | 'undigestible' {
  if (snapshot.apiVersion !== API_VERSION) return true
  const [algorithm = '', hex = ''] = snapshot.digest.split(':')
  if (!isDigestAlgorithm(algorithm) || hex === '') return 'undigestible'
  return digestOf(record, snapshot.ociDigest, algorithm) === hex
}

/** The tests of a release by name, with how they went. */
export function testHooksOf(record: ReleaseRecord): NonNullable<HelmReleaseSnapshot['testHooks']> {
  const tests = record.hooks.filter(isTest).map(({ name = '', last_run }) => [
    name,
    {
      lastStarted: wholeSeconds(last_run.started_at),
      lastCompleted: wholeSeconds(last_run.completed_at),
      phase: last_run.phase || undefined,
    },
  ])
  return Object.fromEntries(tests)
}

/** Go's zero time: what a required time is that was never set. */
const ZERO_TIME = '0001-01-01T00:00:00Z'

function digestOf(record: ReleaseRecord, ociDigest: string | undefined, algorithm: DigestAlgorithm): string {
  const { name, version, info, chart, config, manifest, namespace } = record
  const hooks = record.hooks.filter(hook => !isTest(hook))
  const hasConfig = config !== undefined && Object.keys(config).length > 0
  const parts = [
    `"name":${goJsonMap(name)}`,
    `"version":${version}`,
    `"info":${goJsonStruct(ordered(info, INFO))}`,
    `"chartMetadata":${goJsonStruct(chart.metadata ?? {}, ['annotations', 'import-values'])}`,
    `"config":${hasConfig ? goJsonMap(config) : 'null'}`,
    `"manifest":${goJsonMap(manifest)}`,
    `"hooks":${hooks.length > 0 ? goJsonStruct(hooks.map(hookFields)) : 'null'}`,
    `"namespace":${goJsonMap(namespace)}`,
    ...(ociDigest ? [`"ociDigest":${goJsonMap(ociDigest)}`] : []),
  ]
  // The line feed is Go's encoder's.
  return createHash(algorithm)
    .update(`{${parts.join(',')}}\n`)
    .digest('hex')
}

/** Fields in the order of Go's structs; what is empty Go leaves out. */
const INFO = ['first_deployed', 'last_deployed', 'deleted', 'description', 'status', 'notes'] as const
const HOOK = ['name', 'kind', 'path', 'manifest', 'events', 'last_run', 'weight', 'delete_policies'] as const

function ordered<T extends object>(value: T, names: readonly (keyof T)[]): Record<string, unknown> {
  const fields = names.map(name => [name, value[name]] as const)
  return Object.fromEntries(fields.filter(([, v]) => v && !(Array.isArray(v) && v.length === 0)))
}

function hookFields(hook: RecordedHook): Record<string, unknown> {
  const { started_at, completed_at, phase } = hook.last_run
  const last_run = { started_at: started_at || undefined, completed_at: completed_at || undefined, phase }
  return ordered({ ...hook, last_run }, [...HOOK, 'output_log_policies'])
}

const isTest = ({ events }: RecordedHook): boolean => events?.includes('test') ?? false

/** Kubernetes' times have no fractions, and no zone. */
function wholeSeconds(time: string | undefined): string | undefined {
  if (!time) return undefined
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`
}
