/**
 * Reads a cluster's desired state from the store as the agent protocol tells it: what is newer than a cursor, and
 * what exists at all.
 */
import { randomUUID } from 'node:crypto'
import type { DesiredEvent, DesiredItem } from '@sluice/api'
import { presentObject } from '../arm/field.ts'
import { releaseNamespaceOf } from '../resources/extension.ts'
import { FLUX_CONFIGURATION_FIELDS } from '../resources/flux-configuration-fields.ts'
import { openBody, openSecrets, type ResourceRow } from '../resources/resource-row.ts'
import type { Store } from '../store/store.ts'

const PAGE = 100
/** Newer than every api-version: all fields are shown. */
const NEWEST = '9999'

export interface Position {
  incarnation: string
  seq: number
}

/** Names one life of a cluster's record. */
export const newIncarnation = (): string => randomUUID().slice(0, 8)

export function cursorOf({ incarnation, seq }: Position): string {
  return `${incarnation}.${seq}`
}

/** The place a cursor names in this life of the cluster, the beginning when it is of another or none. */
export function positionOf(cursor: string | undefined, incarnation: string): Position {
  const [of, seq] = (cursor ?? '').split('.')
  const isKnown = of === incarnation && /^\d{1,15}$/.test(seq ?? '')
  return { incarnation, seq: isKnown ? Number(seq) : 0 }
}

function textMap(value: unknown): Record<string, string> {
  const map = typeof value === 'object' && value !== null ? value : {}
  return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, String(item)]))
}

function withoutReadOnly(properties: Record<string, unknown>): Record<string, unknown> {
  const shown = presentObject(FLUX_CONFIGURATION_FIELDS, properties, NEWEST)
  return Object.fromEntries(
    Object.entries(shown).filter(
      ([key]) => !FLUX_CONFIGURATION_FIELDS[key]?.readOnly && key !== 'configurationProtectedSettings',
    ),
  )
}

function desiredItem(keyring: Store['keyring'], row: ResourceRow): DesiredItem {
  const { properties } = openBody(keyring, row)
  const secrets = openSecrets(keyring, row)
  const shared = {
    id: row.id.toLowerCase(),
    name: row.name,
    generation: row.generation,
    operationId: row.operation_id,
    ...(secrets === undefined ? {} : { configurationProtectedSettings: secrets }),
    deleting: row.deleting !== 0,
  }
  if (row.type_key === 'extensions') {
    return {
      type: 'extension',
      ...shared,
      extensionType: String(properties.extensionType).toLowerCase(),
      version: typeof properties.version === 'string' ? properties.version : '',
      releaseNamespace: releaseNamespaceOf(properties),
      configurationSettings: textMap(properties.configurationSettings),
    }
  }
  return {
    type: 'fluxConfiguration',
    ...shared,
    namespace: String(properties.namespace ?? 'default'),
    correlationId: row.correlation_id,
    properties: withoutReadOnly(properties),
    // A forced deletion drops the row at once: the agent hears `removed`.
    forceDelete: false,
  }
}

/** The next events after `at`, oldest first, at most a page; empty when there is nothing newer. */
export async function eventsAfter(
  { db, keyring }: Store,
  clusterId: string,
  at: Position,
): Promise<{ events: DesiredEvent[]; at: Position }> {
  const [rows, removals] = await Promise.all([
    db
      .selectFrom('resources')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .where('change_seq', '>', at.seq)
      .orderBy('change_seq')
      .limit(PAGE)
      .execute(),
    db
      .selectFrom('removals')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .where('change_seq', '>', at.seq)
      .orderBy('change_seq')
      .limit(PAGE)
      .execute(),
  ])
  const changes = [
    ...rows.map(row => ({ seq: row.change_seq, row, removed: undefined })),
    ...removals.map(one => ({ seq: one.change_seq, row: undefined, removed: one.resource_id })),
  ]
    .sort((a, b) => a.seq - b.seq)
    .slice(0, PAGE)
  const events: DesiredEvent[] = []
  let last = at
  for (const { seq, row, removed } of changes) {
    last = { incarnation: at.incarnation, seq }
    const cursor = cursorOf(last)
    if (removed !== undefined) events.push({ event: 'removed', id: removed, cursor })
    else if (row !== undefined && row.expired === 0)
      events.push({ event: 'item', item: desiredItem(keyring, row), cursor })
  }
  return { events, at: last }
}

/** Ids of everything the cluster shall hold, in lower case. */
export async function desiredIds({ db }: Store, clusterId: string): Promise<string[]> {
  const rows = await db.selectFrom('resources').select('id').where('cluster_id', '=', clusterId).orderBy('id').execute()
  return rows.map(row => row.id.toLowerCase())
}
