/**
 * `as=Table`: what `kubectl get` prints. Built-in kinds have printers (`printers/`), custom kinds print their definition's
 * columns, everything else shows name and creation time.
 */
import type { KubeObject } from '@sluice/api'
import { type TableColumn, tableColumns } from '@sluice/api/builtin'
import { badRequest, quoted } from '../api-error.ts'
import type { Api } from '../requests/api.ts'
import type { PrinterColumn, ServedVersion } from '../resources/resource-type.ts'
import descriptionTable from './generated/column-descriptions.ts'
import { age } from './human-duration.ts'
import { jsonPathValues } from './json-path.ts'
import { partialMetadata } from './partial-metadata.ts'
import { printers } from './printers/index.ts'

export interface Column {
  name: string
  type: string
  format: string
  description: string
  priority: number
}

export interface Row {
  cells: unknown[]
  conditions?: { type: string; status: string; reason: string; message: string }[]
  object?: KubeObject | null
}

export interface Table {
  kind: 'Table'
  apiVersion: string
  metadata: Record<string, unknown>
  columnDefinitions: Column[] | null
  rows: Row[]
}

const nameText =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'
const createdText =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata'

let descriptions: Record<string, Record<string, string>> | undefined

function describe({ type }: ServedVersion, column: TableColumn): string {
  if (column.name === 'Name') return nameText
  if (column.name === 'Age') return createdText
  descriptions ??= JSON.parse(descriptionTable) as Record<string, Record<string, string>>
  return descriptions[`${type.group}/${type.resource}`]?.[column.name] ?? ''
}

const nameColumn: Column = { name: 'Name', type: 'string', format: 'name', description: nameText, priority: 0 }

function columnsOf(served: ServedVersion): Column[] {
  if (served.type.custom) {
    return [
      nameColumn,
      ...customColumns(served).map(c => ({
        name: c.name,
        type: c.type,
        format: c.format ?? '',
        description: c.description || `Custom resource definition column (in JSONPath format): ${c.jsonPath}`,
        priority: c.priority ?? 0,
      })),
    ]
  }
  const known = tableColumns(served.type.group, served.version, served.type.resource)
  if (known && printers[served.type.collection]) {
    return known.map(c => ({ ...c, description: describe(served, c) }))
  }
  return [nameColumn, { name: 'Created At', type: 'date', format: '', description: createdText, priority: 0 }]
}

const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: createdText,
  jsonPath: '.metadata.creationTimestamp',
}
const customColumns = (served: ServedVersion): readonly PrinterColumn[] =>
  served.columns?.length ? served.columns : [ageColumn]

function customCell(column: PrinterColumn, object: KubeObject, now: number): unknown {
  const values = jsonPathValues(column.jsonPath, object)
  if (values.length === 0) return null
  const value = values[0]
  switch (column.type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date': {
      if (typeof value !== 'string') return null
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now)
    }
    default:
      return values.map(v => (typeof v === 'string' ? v : JSON.stringify(v))).join(',')
  }
}

function cellsOf(served: ServedVersion, object: KubeObject, now: number): Row {
  if (served.type.custom) {
    return { cells: [object.metadata.name, ...customColumns(served).map(c => customCell(c, object, now))] }
  }
  const printer = printers[served.type.collection]
  if (printer) return printer(object, now)
  return { cells: [object.metadata.name, object.metadata.creationTimestamp ?? null] }
}

/** A Scale as its own table. */
export function scaleTable(scale: KubeObject, now: number, version: string): Table {
  const column = (name: string, type: string, description: string): Column => ({
    name,
    type,
    format: '',
    description,
    priority: 0,
  })
  const { creationTimestamp, resourceVersion, name } = scale.metadata
  const count = (part: unknown) => (typeof part === 'object' && part !== null && 'replicas' in part ? part.replicas : 0)
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: { resourceVersion },
    columnDefinitions: [
      nameColumn,
      column('Desired', 'integer', 'replicas is the desired number of instances for the scaled object.'),
      column('Available', 'integer', 'replicas is the actual number of observed instances of the scaled object.'),
      column('Age', 'string', createdText),
    ],
    rows: [
      {
        cells: [name, count(scale.spec), count(scale.status), age(creationTimestamp, now)],
        object: partialMetadata(scale, version),
      },
    ],
  }
}

/** Throws 400 for an unknown `includeObject`. */
export function tableOf(
  api: Api,
  served: ServedVersion,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
  version: string,
  includeObject: string | null,
): Table {
  const include = includeObject || 'Metadata'
  if (!['None', 'Metadata', 'Object'].includes(include)) {
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${quoted(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    )
  }
  const now = api.clock()
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columnsOf(served),
    rows: objects.map(object => {
      const row = cellsOf(served, object, now)
      if (include === 'None') row.object = null
      if (include === 'Metadata') row.object = partialMetadata(object, version)
      if (include === 'Object') row.object = object
      return row
    }),
  }
}
