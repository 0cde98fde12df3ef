/** How configurations, kustomizations and deployed objects look in a table: `az`'s columns. */
import { oneLine } from '../cluster/flux-object.ts'
import { at, isJson, type Json } from '../fleet-client.ts'
import type { Table } from '../output.ts'

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

const CONFIGURATION_COLUMNS = [
  'namespace',
  'name',
  'scope',
  'provisioningState',
  'complianceState',
  'statusUpdatedAt',
  'sourceUpdatedAt',
]

export function configurationTable(configurations: Json[]): Table {
  return {
    columns: CONFIGURATION_COLUMNS,
    rows: configurations.map(one =>
      CONFIGURATION_COLUMNS.map(column => text(column === 'name' ? one.name : at(one, `properties.${column}`))),
    ),
  }
}

/** Seconds as `1h2m3s`, without parts that are zero. */
export function durationText(seconds: unknown): string {
  const total = Number(seconds)
  if (!Number.isFinite(total) || seconds === null) return ''
  const parts: [number, string][] = [
    [Math.floor(total / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'm'],
    [total % 60, 's'],
  ]
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || '0s'
  )
}

export function kustomizationTable(map: Json): Table {
  return {
    columns: ['name', 'path', 'dependsOn', 'syncInterval', 'timeout', 'prune', 'force'],
    rows: Object.entries(map).map(([name, one]) => [
      name,
      text(at(one, 'path')),
      Array.isArray(at(one, 'dependsOn')) ? [at(one, 'dependsOn')].flat().map(String).join(',') : '',
      durationText(at(one, 'syncIntervalInSeconds')),
      durationText(at(one, 'timeoutInSeconds')),
      text(at(one, 'prune')),
      text(at(one, 'force')),
    ]),
  }
}

const MESSAGE_LENGTH = 60

function readyMessage(status: Json): string {
  const conditions = Array.isArray(status.statusConditions) ? status.statusConditions.filter(isJson) : []
  const message = conditions.find(condition => condition.type === 'Ready')?.message
  if (message === undefined || message === null) return 'None'
  const whole = String(message)
  return whole.length > MESSAGE_LENGTH ? `${whole.slice(0, MESSAGE_LENGTH)}...` : whole
}

/** One object's conditions, messages whole. */
export function conditionTable(status: Json): Table {
  const conditions = Array.isArray(status.statusConditions) ? status.statusConditions.filter(isJson) : []
  const columns = ['type', 'status', 'reason', 'lastTransitionTime', 'message']
  return { columns, rows: conditions.map(one => columns.map(column => oneLine(text(one[column])))) }
}

export function deployedObjectTable(statuses: Json[]): Table {
  return {
    columns: ['kind', 'namespace', 'name', 'complianceState', 'message'],
    rows: statuses.map(one => [
      text(one.kind),
      text(one.namespace),
      text(one.name),
      text(one.complianceState),
      readyMessage(one),
    ]),
  }
}
