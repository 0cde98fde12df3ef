/**
 * A document that holds schemas: which of its parts are resources with an address of their own, the anchors in them, and the draft that each follows.
 * References are resolved to pointers into documents.
 */
import { goQuote } from '@sluice/template'
import { HelmError } from '../helm-error.ts'
import { isTable, type Table } from '../value-table.ts'
import { escaped } from './problem.ts'

export type Version = 4 | 6 | 7 | 2019 | 2020

export interface Resource {
  pointer: string
  /** The address that references in it are relative to. */
  id: string
  version: Version
  anchors: Map<string, string>
  dynamicAnchors: Set<string>
}

/** Where a schema stands. */
export interface Location {
  document: SchemaDocument
  pointer: string
}

/** Where schemas stand in a schema: behind the keyword itself, in a table, or in a list. */
const inside: [keyword: string, since: Version, kind: 'one' | 'table' | 'list'][] = [
  ['definitions', 4, 'table'],
  ['not', 4, 'one'],
  ['allOf', 4, 'list'],
  ['anyOf', 4, 'list'],
  ['oneOf', 4, 'list'],
  ['properties', 4, 'table'],
  ['additionalProperties', 4, 'one'],
  ['patternProperties', 4, 'table'],
  ['items', 4, 'one'],
  ['items', 4, 'list'],
  ['additionalItems', 4, 'one'],
  ['dependencies', 4, 'table'],
  ['propertyNames', 6, 'one'],
  ['contains', 6, 'one'],
  ['if', 7, 'one'],
  ['then', 7, 'one'],
  ['else', 7, 'one'],
  ['$defs', 2019, 'table'],
  ['dependentSchemas', 2019, 'table'],
  ['unevaluatedProperties', 2019, 'one'],
  ['unevaluatedItems', 2019, 'one'],
  ['contentSchema', 2019, 'one'],
  ['prefixItems', 2020, 'list'],
]

/** The draft with an address; undefined for an address of no draft. */
export function draftNamed(address: string): Version | undefined {
  const [url = '', fragment = ''] = address.split('#', 2)
  if (fragment !== '') return undefined
  return drafts.get(url.replace(/^https?:\/\//, ''))
}

const drafts = new Map<string, Version>([
  ['json-schema.org/schema', 2020],
  ['json-schema.org/draft/2020-12/schema', 2020],
  ['json-schema.org/draft/2019-09/schema', 2019],
  ['json-schema.org/draft-07/schema', 7],
  ['json-schema.org/draft-06/schema', 6],
  ['json-schema.org/draft-04/schema', 4],
])

/** Deeper schemas are none that anybody wrote. */
const maxDepth = 500

export class SchemaDocument {
  readonly url: string
  readonly content: unknown
  /** By pointer. */
  readonly resources = new Map<string, Resource>()
  private readonly byId = new Map<string, Resource>()
  private readonly seen = new Set<string>()

  constructor(url: string, content: unknown) {
    this.url = url
    this.content = content
    this.collect(content, url, '', 2020, 0)
  }

  /** The resource that holds a schema. */
  resourceOf(pointer: string): Resource {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const found = this.resources.get(at)
      if (found) return found
    }
  }

  /** Takes in what is a schema only because something refers to it; true when it was not known. */
  include(pointer: string): boolean {
    if (this.seen.has(pointer)) return false
    const { id, version } = this.resourceOf(pointer)
    this.collect(this.at(pointer), id, pointer, version, 0)
    return true
  }

  /** Throws HelmError when there is nothing. */
  at(pointer: string): unknown {
    let value = this.content
    for (const step of pointer.split('/').slice(1)) {
      if (/~(?![01])/.test(step)) throw new HelmError(`invalid json-pointer ${goQuote(this.address(pointer))}`)
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
      const next: unknown = Array.isArray(value)
        ? /^\d+$/.test(key)
          ? value[Number(key)]
          : undefined
        : isTable(value) && Object.hasOwn(value, key)
          ? value[key]
          : undefined
      if (next === undefined) throw new HelmError(`json-pointer in ${goQuote(this.address(pointer))} not found`)
      value = next
    }
    return value
  }

  /** As messages have it. */
  address(pointer: string): string {
    return `${this.url}#${pointer.split('/').map(encoded).join('/')}`
  }

  /** The pointer for a fragment within a resource. Throws HelmError for an anchor that it does not have. */
  fragment(fragment: string, resource: Resource): string {
    if (fragment === '' || fragment.startsWith('/')) return resource.pointer + fragment
    const pointer = resource.anchors.get(fragment)
    if (pointer === undefined) {
      const reference = goQuote(`${resource.id}#${fragment}`)
      throw new HelmError(`anchor in ${reference} not found in schema ${goQuote(this.url)}`)
    }
    return pointer
  }

  resourceNamed(id: string): Resource | undefined {
    if (id === this.url) return this.resources.get('')
    return this.byId.get(id)
  }

  private collect(schema: unknown, base: string, pointer: string, fallback: Version, depth: number): void {
    if (this.seen.has(pointer)) return
    this.seen.add(pointer)
    if (depth > maxDepth) throw new HelmError(`${goQuote(this.url)} is nested too deeply`)
    if (!isTable(schema)) {
      if (pointer === '') this.add({ pointer, id: base, version: fallback })
      return
    }
    let version = typeof schema.$schema === 'string' ? draftOf(schema.$schema) : fallback
    let id = idOf(schema, version)
    if (id === '' && pointer !== '') {
      version = fallback
      id = idOf(schema, version)
    }
    const own = id === '' ? base : joined(base, id)
    if (id !== '' || pointer === '') {
      const twin = this.byId.get(own)
      if (twin && twin.pointer !== pointer) {
        const places = `${goQuote(pointer)} and ${goQuote(twin.pointer)}`
        throw new HelmError(`duplicate id ${goQuote(own)} in ${goQuote(this.url)} at ${places}`)
      }
      if (!twin) this.add({ pointer, id: own, version: typeof schema.$schema === 'string' ? version : fallback })
    }
    const holder = this.resourceNamed(own) ?? this.resourceOf(pointer)
    this.addAnchors(schema, pointer, holder)
    for (const [keyword, since, kind] of inside) {
      if (since > version || !Object.hasOwn(schema, keyword)) continue
      const value = schema[keyword]
      const into = (step: string, item: unknown) =>
        this.collect(item, own, `${pointer}/${escaped(keyword)}${step}`, holder.version, depth + 1)
      if (kind === 'one') {
        if (!Array.isArray(value)) into('', value)
      } else if (kind === 'list') {
        if (Array.isArray(value)) for (const [index, item] of value.entries()) into(`/${index}`, item)
      } else if (isTable(value)) {
        for (const [name, item] of Object.entries(value)) into(`/${escaped(name)}`, item)
      }
    }
  }

  private add({ pointer, id, version }: Pick<Resource, 'pointer' | 'id' | 'version'>): void {
    const resource = { pointer, id, version, anchors: new Map(), dynamicAnchors: new Set<string>() }
    this.resources.set(pointer, resource)
    this.byId.set(id, resource)
  }

  private addAnchors(schema: Table, pointer: string, resource: Resource): void {
    const add = (anchor: unknown): void => {
      if (typeof anchor !== 'string' || anchor === '' || anchor.startsWith('/')) return
      const other = resource.anchors.get(anchor) ?? pointer
      if (other !== pointer) {
        const places = `${goQuote(other)} and ${goQuote(pointer)}`
        throw new HelmError(`duplicate anchor ${goQuote(anchor)} in ${goQuote(this.url)} at ${places}`)
      }
      resource.anchors.set(anchor, pointer)
    }
    if (resource.version < 2019) {
      if (Object.hasOwn(schema, '$ref')) return
      const id = schema[resource.version === 4 ? 'id' : '$id']
      if (typeof id === 'string') add(decoded(id.split('#', 2)[1] ?? ''))
      return
    }
    add(schema.$anchor)
    if (resource.version >= 2020 && typeof schema.$dynamicAnchor === 'string') {
      add(schema.$dynamicAnchor)
      resource.dynamicAnchors.add(schema.$dynamicAnchor)
    }
  }
}

/** As Go's url.PathEscape. */
const encoded = (step: string): string =>
  encodeURIComponent(step.toWellFormed())
    .replace(/%(?:24|26|2B|3D|3A|40)/g, decodeURIComponent)
    .replace(/[!*'()]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

function draftOf(address: string): Version {
  const draft = draftNamed(address)
  if (draft !== undefined) return draft
  // Its keywords are those of the draft that it is of itself, which only the network tells.
  throw new HelmError(`failing loading ${goQuote(address.split('#', 1)[0] ?? '')}: schemas are not fetched`)
}

function idOf(schema: Table, version: Version): string {
  if (version < 2019 && Object.hasOwn(schema, '$ref')) return ''
  const id = schema[version === 4 ? 'id' : '$id']
  return typeof id === 'string' ? (id.split('#', 1)[0] ?? '') : ''
}

export function joined(base: string, reference: string): string {
  if (reference === '') return base
  try {
    return new URL(reference, base).href
  } catch {
    throw new HelmError(`error in parsing ${goQuote(reference)}`)
  }
}

export function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    throw new HelmError(`error in parsing ${goQuote(`#${fragment}`)}`, { cause: error })
  }
}
