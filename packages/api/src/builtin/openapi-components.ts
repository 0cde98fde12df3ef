/**
 * The table's types as OpenAPI again: `definitions` of the v2 document, `components.schemas` of the v3 ones. The two differ in
 * where references point, in defaults (v3 only, and then a reference is wrapped in `allOf`), and in how a union of number and string is said.
 */
import { expand, schemaTable, type TableEntry } from './schema-table.ts'

export type OpenapiVersion = 'v2' | 'v3'
export type Json = Record<string, unknown>

const prefixes = { v2: '#/definitions/', v3: '#/components/schemas/' }
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity'

/** @param visit is told each type referred to */
export function componentOf(at: number, version: OpenapiVersion, visit: (at: number) => void): Json {
  const { names, nodes } = schemaTable()
  const entry = nodes[at]
  if (entry === undefined) throw new Error(`the table of built-in schemas has no type ${at}`)
  const component = write(entry, version, visit)
  if (version === 'v2' && names[at] === quantity) return { type: 'string' }
  return component
}

function write(entry: TableEntry, version: OpenapiVersion, visit: (at: number) => void): Json {
  const node = expand(entry)
  const out: Json = {}
  if (node.R !== undefined) {
    visit(node.R)
    const reference = { $ref: prefixes[version] + schemaTable().names[node.R] }
    if (version === 'v2' || typeof entry === 'number') Object.assign(out, reference)
    else out.allOf = [reference]
  }
  if (node.d !== undefined && version === 'v3') out.default = node.d
  if (node.e !== undefined) out.enum = node.e
  if (node.f !== undefined) out.format = node.f
  if (node.a !== undefined) out.additionalProperties = write(node.a, version, visit)
  if (node.i !== undefined) out.items = write(node.i, version, visit)
  if (node.o !== undefined) {
    if (version === 'v2') out.type = 'string'
    else out.oneOf = node.o
  }
  if (node.p !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(node.p).map(([name, property]) => [name, write(property, version, visit)]),
    )
  }
  if (node.r !== undefined) out.required = node.r
  if (node.t !== undefined) out.type = node.t
  if (node.g !== undefined) {
    out['x-kubernetes-group-version-kind'] = node.g.map(text => {
      const [group, kindVersion, kind] = text.split('/')
      return { group, kind, version: kindVersion }
    })
  }
  if (node.k !== undefined) out['x-kubernetes-list-map-keys'] = node.k
  if (node.l !== undefined) out['x-kubernetes-list-type'] = node.l
  if (node.m !== undefined) out['x-kubernetes-map-type'] = node.m
  if (node.y !== undefined) out['x-kubernetes-patch-merge-key'] = node.y
  if (node.s !== undefined) out['x-kubernetes-patch-strategy'] = node.s
  if (node.u !== undefined) out['x-kubernetes-unions'] = node.u
  return out
}

/** The named components and all they need, by name. */
export function componentsFrom(roots: Iterable<number>, version: OpenapiVersion): Record<string, Json> {
  const { names } = schemaTable()
  const found = new Map<number, Json>()
  const queue = [...roots]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (found.has(at)) continue
    found.set(
      at,
      componentOf(at, version, next => queue.push(next)),
    )
  }
  const sorted = [...found].sort(([a], [b]) => a - b)
  return Object.fromEntries(sorted.map(([at, component]) => [names[at] ?? '', component]))
}
