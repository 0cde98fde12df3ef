/**
 * A record to the text that lies in a Secret or ConfigMap, and back: JSON with the fields in Go's order, compressed,
 * in base64. Follows helm's pkg/storage/driver/util.go; what Helm leaves out when it is empty is left out here.
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import { goEscaped, goJson } from './go-json.ts'
import type { RecordedChart, RecordedFile, RecordedHook, ReleaseInfo, ReleaseRecord } from './release-record.ts'

/** Largest JSON that a record may unpack to, in bytes. */
const largest = 256 * 1024 * 1024

export function encodeRecord(record: ReleaseRecord): string {
  return gzipSync(recordJson(record), { level: 9 }).toString('base64')
}

/** Throws for what is no record. Records that are not compressed, as old Helm wrote them, are read too. */
export function decodeRecord(text: string): ReleaseRecord {
  const packed = Buffer.from(text, 'base64')
  const isPacked = packed.length > 3 && packed[0] === 0x1f && packed[1] === 0x8b && packed[2] === 8
  const json = isPacked ? gunzipSync(packed, { maxOutputLength: largest }) : packed
  const value: unknown = JSON.parse(json.toString('utf8'))
  if (!isRecord(value)) throw new Error('it is no record of a release')
  return completed(value)
}

export function recordJson(record: ReleaseRecord): string {
  const { name, info, chart, config, manifest, hooks, version, namespace, apply_method } = record
  return object([
    ['name', name === '' ? undefined : goJson(name)],
    ['info', infoJson(info)],
    ['chart', chartJson(chart)],
    ['config', config && Object.keys(config).length > 0 ? goJson(config) : undefined],
    ['manifest', nonEmpty(manifest)],
    ['hooks', hooks.length > 0 ? `[${hooks.map(hookJson).join(',')}]` : undefined],
    ['version', version === 0 ? undefined : String(version)],
    ['namespace', nonEmpty(namespace)],
    ['apply_method', nonEmpty(apply_method)],
  ])
}

function infoJson(info: ReleaseInfo): string {
  return object([
    ['first_deployed', nonEmpty(info.first_deployed)],
    ['last_deployed', nonEmpty(info.last_deployed)],
    ['deleted', nonEmpty(info.deleted)],
    ['description', nonEmpty(info.description)],
    ['status', nonEmpty(info.status)],
    ['notes', nonEmpty(info.notes)],
  ])
}

function chartJson(chart: RecordedChart): string {
  return object([
    // In the order of its fields already.
    ['metadata', goEscaped(JSON.stringify(chart.metadata))],
    ['lock', goEscaped(JSON.stringify(chart.lock))],
    ['templates', filesJson(chart.templates)],
    ['values', goJson(chart.values)],
    ['schema', JSON.stringify(chart.schema)],
    ['schemamodtime', goJson(chart.schemamodtime ?? '0001-01-01T00:00:00Z')],
    ['files', filesJson(chart.files)],
    ['modtime', nonEmpty(chart.modtime)],
  ])
}

/** Files are large and stay the same from write to write. */
const fileTexts = new WeakMap<RecordedFile[], string>()

function filesJson(files: RecordedFile[] | null): string {
  if (files === null) return 'null'
  let text = fileTexts.get(files)
  if (text === undefined) {
    text = goEscaped(JSON.stringify(files.map(({ name, data, modtime }) => ({ name, data, modtime }))))
    fileTexts.set(files, text)
  }
  return text
}

function hookJson(hook: RecordedHook): string {
  const { started_at, completed_at, phase } = hook.last_run
  return object([
    ['name', nonEmpty(hook.name)],
    ['kind', nonEmpty(hook.kind)],
    ['path', nonEmpty(hook.path)],
    ['manifest', nonEmpty(hook.manifest)],
    ['events', list(hook.events)],
    [
      'last_run',
      object([
        ['started_at', nonEmpty(started_at)],
        ['completed_at', nonEmpty(completed_at)],
        ['phase', goJson(phase)],
      ]),
    ],
    ['weight', hook.weight ? String(hook.weight) : undefined],
    ['delete_policies', list(hook.delete_policies)],
    ['output_log_policies', list(hook.output_log_policies)],
  ])
}

const nonEmpty = (text: string | undefined) => (text ? goJson(text) : undefined)
const list = (items: readonly string[] | undefined) => (items && items.length > 0 ? goJson(items) : undefined)

function object(fields: readonly (readonly [string, string | undefined])[]): string {
  const present = fields.filter(([, json]) => json !== undefined)
  return `{${present.map(([key, json]) => `"${key}":${json}`).join(',')}}`
}

function isRecord(value: unknown): value is Partial<ReleaseRecord> {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}

/** What Go reads from a field that is missing. */
function completed(value: Partial<ReleaseRecord>): ReleaseRecord {
  const { name = '', info = {}, manifest = '', version = 0, namespace = '', config, apply_method } = value
  const hooks = (value.hooks ?? []).map(hook => ({
    ...hook,
    last_run: { ...hook.last_run, phase: hook.last_run?.phase ?? '' },
  }))
  const nothing = { metadata: null, lock: null, templates: null, values: null, schema: null, files: null }
  const record: ReleaseRecord = { name, info, chart: value.chart ?? nothing, manifest, hooks, version, namespace }
  if (config) record.config = config
  if (apply_method) record.apply_method = apply_method
  return record
}
