/**
 * The schema of a built-in kind. Schemas are views on the table whose parts come into being when they are looked at, so that a
 * recursive type is no trouble and asking for one kind does not build the others.
 */
import type { Schema } from './schema.ts'
import { expand, schemaTable, type TableEntry, type TableNode } from './schema-table.ts'

class TableSchema implements Schema {
  readonly type: string | undefined
  readonly required: string[] | undefined
  readonly enum: unknown[] | undefined
  readonly format: string | undefined
  readonly default: unknown
  readonly listType: 'atomic' | 'set' | 'map' | undefined
  readonly listMapKeys: string[] | undefined
  readonly mapType: 'atomic' | 'granular' | undefined
  readonly patchStrategy: string | undefined
  readonly patchMergeKey: string | undefined
  readonly intOrString: boolean | undefined
  readonly preserveUnknownFields: boolean | undefined
  readonly #node: TableNode
  #properties: Record<string, Schema> | undefined
  #items: Schema | undefined
  #additional: Schema | undefined

  constructor(node: TableNode) {
    this.#node = node
    this.type = node.t
    this.required = node.r
    this.enum = node.e
    this.format = node.f
    this.default = node.d
    this.listType = node.l
    this.listMapKeys = node.k
    this.mapType = node.m
    this.patchStrategy = node.s
    this.patchMergeKey = node.y
    this.intOrString = node.f === 'int-or-string' || undefined
    // RawExtension, JSON and FieldsV1 say nothing of what is inside.
    const open = node.p === undefined && node.a === undefined && (node.t === undefined || node.t === 'object')
    this.preserveUnknownFields = (open && node.o === undefined) || undefined
  }

  get properties(): Record<string, Schema> | undefined {
    if (this.#properties === undefined && this.#node.p !== undefined) {
      this.#properties = lazyRecord(this.#node.p)
    }
    return this.#properties
  }

  get items(): Schema | undefined {
    if (this.#items === undefined && this.#node.i !== undefined) this.#items = viewOf(this.#node.i)
    return this.#items
  }

  get additionalProperties(): Schema | undefined {
    if (this.#additional === undefined && this.#node.a !== undefined) this.#additional = viewOf(this.#node.a)
    return this.#additional
  }
}

/** One level is built at once: its values are views whose own levels are not. */
function lazyRecord(properties: Record<string, TableEntry>): Record<string, Schema> {
  const record: Record<string, Schema> = Object.create(null)
  for (const [name, entry] of Object.entries(properties)) record[name] = viewOf(entry)
  return record
}

const types: (Schema | undefined)[] = []
const leafViews = new Map<string, Schema>()

function typeAt(at: number): Schema {
  const known = types[at]
  if (known !== undefined) return known
  const entry = schemaTable().nodes[at]
  if (entry === undefined) throw new Error(`the table of built-in schemas has no type ${at}`)
  const view = new TableSchema(expand(entry))
  types[at] = view
  return view
}

function viewOf(entry: TableEntry): Schema {
  if (typeof entry === 'number') return typeAt(entry)
  if (typeof entry === 'string') {
    let leaf = leafViews.get(entry)
    if (leaf === undefined) {
      leaf = new TableSchema(expand(entry))
      leafViews.set(entry, leaf)
    }
    return leaf
  }
  if (Array.isArray(entry)) return typeAt(entry[0])
  if (entry.R === undefined) return new TableSchema(entry)
  const { R, ...own } = entry
  const referred = schemaTable().nodes[R]
  if (referred === undefined) throw new Error(`the table of built-in schemas has no type ${R}`)
  return new TableSchema({ ...expand(referred), ...own })
}

/** The schema of a built-in kind (lists and option kinds too), or undefined when Kubernetes 1.35 has no such kind. */
export function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const group = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
  const at = schemaTable().byKind.get(`${group}/${kind}`)
  return at === undefined ? undefined : typeAt(at)
}

/** The schema of a named type, such as `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export function schemaNamed(name: string): Schema | undefined {
  const at = schemaTable().names.indexOf(name)
  return at < 0 ? undefined : typeAt(at)
}
