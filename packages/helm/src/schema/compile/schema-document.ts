/**
 * A JSON document that holds schemas: which of them are resources, with an address of their own (`$id`), the
 * anchors in them, and the draft that each follows. References find their schemas here, as pointers into the
 * document.
 */
import { goQuote } from '@sluice/template'
import { HelmError } from '../../helm-error.ts'
import { get, isTable, type Table } from '../../value-table.ts'
import { unescaped } from '../json-pointer.ts'
import { type Draft, draftNamed, latestDraft } from './draft.ts'
import { decodedFragment, pathEscaped, resolved, splitFragment } from './reference.ts'
import { subschemas } from './subschemas.ts'

export interface Resource {
  pointer: string
  /** The address that references in it are relative to. */
  id: string
  draft: Draft
  /** The pointers of schemas by their anchors, the dynamic ones included. */
  anchors: Map<string, string>
  dynamicAnchors: Set<string>
}

/** Schemas that nest deeper are none that anybody wrote. */
const maxDepth = 500

export class SchemaDocument {
  readonly url: string
  private readonly content: unknown
  private readonly byPointer = new Map<string, Resource>()
  private readonly byId = new Map<string, Resource>()
  private readonly collected = new Set<string>()

  /** Throws HelmError for two resources or anchors of one name, and for drafts that are not known. */
  constructor(url: string, content: unknown) {
    this.url = url
    this.content = content
    this.collect(content, '', url, latestDraft, 0)
  }

  /** The resource that a schema is part of. */
  resourceOf(pointer: string): Resource {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const found = this.byPointer.get(at)
      if (found) return found
    }
  }

  resourceNamed(id: string): Resource | undefined {
    return id === this.url ? this.byPointer.get('') : this.byId.get(id)
  }

  /** Takes in what is a schema only because something refers to it; true when it was not known as one. */
  include(pointer: string): boolean {
    if (this.collected.has(pointer)) return false
    const { id, draft } = this.resourceOf(pointer)
    this.collect(this.at(pointer), pointer, id, draft, 0)
    return true
  }

  /** What a pointer points to. Throws HelmError when there is nothing. */
  at(pointer: string): unknown {
    let value = this.content
    for (const step of pointer.split('/').slice(1)) {
      const name = unescaped(step)
      if (name === undefined) throw new HelmError(`invalid json-pointer ${goQuote(this.address(pointer))}`)
      value = member(value, name)
      if (value === undefined) throw new HelmError(`json-pointer in ${goQuote(this.address(pointer))} not found`)
    }
    return value
  }

  /** The address of a schema, as messages have it. */
  address(pointer: string): string {
    return `${this.url}#${pointer.split('/').map(pathEscaped).join('/')}`
  }

  /** The pointer for a fragment of a resource. Throws HelmError for an anchor that it does not have. */
  pointerFor(fragment: string, resource: Resource): string {
    if (fragment === '' || fragment.startsWith('/')) return resource.pointer + fragment
    const pointer = resource.anchors.get(fragment)
    if (pointer !== undefined) return pointer
    const reference = goQuote(`${resource.id}#${fragment}`)
    throw new HelmError(`anchor in ${reference} not found in schema ${goQuote(this.url)}`)
  }

  /**
   * Notes the resources and anchors of a schema and of those in it. `base` and `around` are the address and the
   * draft around it.
   */
  private collect(schema: unknown, pointer: string, base: string, around: Draft, depth: number): void {
    if (this.collected.has(pointer)) return
    this.collected.add(pointer)
    if (depth > maxDepth) throw new HelmError(`${goQuote(this.url)} is nested too deeply`)
    if (!isTable(schema)) {
      // A document that is `true` or `false`.
      if (pointer === '') this.addResource({ pointer, id: base, draft: around })
      return
    }
    const { id, draft } = identity(schema, around, pointer === '')
    const own = id === '' ? base : resolved(id, base)
    if (id !== '' || pointer === '') this.addResource({ pointer, id: own, draft })
    const resource = this.resourceNamed(own) ?? this.resourceOf(pointer)
    this.addAnchors(schema, pointer, resource)
    for (const [inner, content] of subschemas(schema, draft)) {
      this.collect(content, pointer + inner, own, resource.draft, depth + 1)
    }
  }

  private addResource({ pointer, id, draft }: Pick<Resource, 'pointer' | 'id' | 'draft'>): void {
    const twin = this.byId.get(id)
    if (twin) {
      const places = `${goQuote(pointer)} and ${goQuote(twin.pointer)}`
      throw new HelmError(`duplicate id ${goQuote(id)} in ${goQuote(this.url)} at ${places}`)
    }
    const resource = { pointer, id, draft, anchors: new Map(), dynamicAnchors: new Set<string>() }
    this.byPointer.set(pointer, resource)
    this.byId.set(id, resource)
  }

  private addAnchors(schema: Table, pointer: string, resource: Resource): void {
    for (const anchor of anchorsOf(schema, resource.draft)) {
      if (anchor === '' || anchor.startsWith('/')) continue
      const other = resource.anchors.get(anchor) ?? pointer
      if (other !== pointer) {
        const places = `${goQuote(other)} and ${goQuote(pointer)}`
        throw new HelmError(`duplicate anchor ${goQuote(anchor)} in ${goQuote(this.url)} at ${places}`)
      }
      resource.anchors.set(anchor, pointer)
    }
    const { $dynamicAnchor } = schema
    if (resource.draft >= 2020 && typeof $dynamicAnchor === 'string') resource.dynamicAnchors.add($dynamicAnchor)
  }
}

function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined
  return isTable(value) ? get(value, name) : undefined
}

/**
 * The id of a schema, empty when it has none, and the draft that it follows: only a resource can leave the draft
 * around it.
 */
function identity(schema: Table, around: Draft, isRoot: boolean): { id: string; draft: Draft } {
  const draft = typeof schema.$schema === 'string' ? draftNamed(schema.$schema) : around
  const id = splitFragment(idOf(schema, draft))[0]
  if (id !== '' || isRoot) return { id, draft }
  return { id: splitFragment(idOf(schema, around))[0], draft: around }
}

function idOf(schema: Table, draft: Draft): string {
  // Beside a reference nothing counted before draft 2019-09.
  if (draft < 2019 && Object.hasOwn(schema, '$ref')) return ''
  const id = schema[draft === 4 ? 'id' : '$id']
  return typeof id === 'string' ? id : ''
}

function anchorsOf(schema: Table, draft: Draft): string[] {
  // An id was an anchor, too, when it was a fragment.
  if (draft < 2019) return [decodedFragment(splitFragment(idOf(schema, draft))[1])]
  const { $anchor, $dynamicAnchor } = schema
  return [$anchor, draft >= 2020 ? $dynamicAnchor : undefined].filter(anchor => typeof anchor === 'string')
}
