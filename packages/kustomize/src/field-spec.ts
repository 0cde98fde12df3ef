/**
 * A field of a kind (`spec/template/spec/containers[]/image` of Deployments) and the walk to it: lists on the way are entered by themselves, missing parts are made when
 * the spec says so. All transformers but patches are built on this.
 */
import { stringify } from '@sluice/yaml'
import { KustomizeError, prefixed } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { idText, isSelected } from './resource-id.ts'
import { isMapping, isMissing, isNull, kindOf, type Mapping, own, plain, put } from './tree.ts'

export interface FieldSpec {
  group?: string
  version?: string
  kind?: string
  path: string
  create?: boolean
}

/** What to make of a missing field at the end of the path; nothing is made when undefined. */
export type CreateKind = 'scalar' | 'mapping' | 'sequence' | undefined

/** Gets the value at the path (undefined when it was just made as a scalar) and returns the new one. */
export type Update = (value: unknown) => unknown

/** Applies `update` to every place of the object that the spec means. */
export function applyFieldSpec(resource: Resource, spec: FieldSpec, create: CreateKind, update: Update): void {
  if (isSelected(resource.gvk, spec)) applyPath(resource, spec, create, update)
}

/** The same without a look at the kind, for callers that have chosen the object already. */
export function applyPath(resource: Resource, spec: FieldSpec, create: CreateKind, update: Update): void {
  try {
    const set = create === 'scalar' ? (value: unknown) => update(expectScalar(value)) : update
    walk(resource.object, partsOf(spec), 0, spec.create ? create : undefined, set)
  } catch (error) {
    throw prefixed(error, `considering field '${spec.path}' of object ${idText(resource.id)}`)
  }
}

export function expectScalar(value: unknown): unknown {
  const kind = kindOf(value)
  if (kind === 'ScalarNode') return value
  throw new KustomizeError(
    `wrong node kind: expected ScalarNode but got ${kind}: node contents:\n${stringify(plain(value))}`,
  )
}

/** Finds the specs of an object's kind among many, which for most kinds are few. */
export class SpecsByKind {
  private readonly specs: readonly FieldSpec[]
  private readonly byKind = new Map<string, readonly FieldSpec[]>()

  constructor(specs: readonly FieldSpec[]) {
    this.specs = specs
  }

  of(resource: Resource): readonly FieldSpec[] {
    const gvk = resource.gvk
    const key = `${gvk.group}/${gvk.version}/${gvk.kind}`
    let specs = this.byKind.get(key)
    if (!specs) {
      specs = this.specs.filter(spec => isSelected(gvk, spec))
      this.byKind.set(key, specs)
    }
    return specs
  }
}

const parsed = new WeakMap<FieldSpec, readonly string[]>()

/** Parts of a slash-separated path; `\/` is a slash inside a part, a leading slash means nothing. */
function partsOf(spec: FieldSpec): readonly string[] {
  let parts = parsed.get(spec)
  if (!parts) {
    parts = (spec.path.startsWith('/') ? spec.path.slice(1) : spec.path)
      .replaceAll('\\/', '\0')
      .split('/')
      .map(part => part.replaceAll('\0', '/'))
    parsed.set(spec, parts)
  }
  return parts
}

function walk(node: unknown, parts: readonly string[], i: number, create: CreateKind, update: Update): unknown {
  if (i === parts.length) return update(node)
  if (isMissing(node)) return node
  if (Array.isArray(node)) {
    for (let j = 0; j < node.length; j++) node[j] = walk(node[j], parts, i, create, update)
    return node
  }
  if (!isMapping(node)) throw new KustomizeError('expected sequence or mapping node')
  walkMapping(node, parts, i, create, update)
  return node
}

function walkMapping(node: Mapping, parts: readonly string[], i: number, create: CreateKind, update: Update): void {
  const part = parts[i] ?? ''
  const isList = part.endsWith('[]')
  const name = isList ? part.slice(0, -2) : part
  if (name === '') throw new KustomizeError('cannot set or create an empty field name')
  if (special.test(name)) throw prefixed(noFieldOf(name, node), `fieldName: ${name}`)
  const last = i === parts.length - 1
  const make: CreateKind = isList || create === undefined ? undefined : last ? create : 'mapping'
  let field = own(node, name)
  if (field === undefined) {
    if (make === undefined) return
    field = made(make)
  } else if (isNull(field)) {
    if (isList) field = []
    else if (make !== undefined) field = made(make)
  }
  put(node, name, walk(field, parts, i + 1, create, update))
}

/** Parts that mean items of a list wherever the real tool walks a path, and everything. */
const special = /^(?:\*|-|[+-]?\d+|\[.*\])$/

function noFieldOf(name: string, node: Mapping): KustomizeError {
  if (name === '*') return new KustomizeError('wildcard is not supported in PathGetter')
  if (/^-0*[1-9]/.test(name)) return new KustomizeError(`array index ${Number(name)} cannot be negative`)
  return new KustomizeError(
    `wrong node kind: expected SequenceNode but got MappingNode: node contents:\n${stringify(plain(node))}`,
  )
}

function made(kind: CreateKind): unknown {
  return kind === 'mapping' ? {} : kind === 'sequence' ? [] : undefined
}
