/**
 * One object of a build with what the build must remember about it: the names it had, the affixes it got, and what its generator wants. kustomize keeps this
 * in annotations; here it stands beside the object.
 */
import type { Origin } from './origin.ts'
import { effectiveNamespace, type Gvk, gvkOf, idKey, idText, type ResourceId } from './resource-id.ts'
import { at, clone, isMapping, type Mapping, own, put, textOf } from './tree.ts'

export type Behavior = 'create' | 'merge' | 'replace'

export interface PreviousId {
  name: string
  /** Effective: `default` when there was none. */
  namespace: string
  kind: string
}

export class Resource {
  object: Mapping
  /** Oldest first. */
  previous: PreviousId[] = []
  prefixes: string[] = []
  suffixes: string[] = []
  needsHash = false
  behavior: Behavior | undefined
  /** Names of the vars that read a field of this object. */
  varNames: string[] = []
  allowNameChange = false
  allowKindChange = false
  fromHelm = false
  origin: Origin | undefined
  transformations: Origin[] = []
  /** Asked for by every step, changed by hardly any. */
  private lastGvk: Gvk | undefined
  private lastApiVersion = ''

  constructor(object: Mapping) {
    this.object = object
  }

  copy(): Resource {
    const copy = new Resource(clone(this.object))
    copy.adopt(this)
    copy.needsHash = this.needsHash
    copy.behavior = this.behavior
    copy.allowNameChange = this.allowNameChange
    copy.allowKindChange = this.allowKindChange
    return copy
  }

  /** Takes over what the build remembers of another object. */
  adopt(other: Resource): void {
    this.previous = [...other.previous]
    this.prefixes = [...other.prefixes]
    this.suffixes = [...other.suffixes]
    this.varNames = [...other.varNames]
    this.fromHelm = other.fromHelm
    this.origin = other.origin
    this.transformations = [...other.transformations]
  }

  get kind(): string {
    return textOf(own(this.object, 'kind'))
  }

  get apiVersion(): string {
    return textOf(own(this.object, 'apiVersion'))
  }

  get name(): string {
    return textOf(at(this.object, 'metadata', 'name'))
  }

  get namespace(): string {
    return textOf(at(this.object, 'metadata', 'namespace'))
  }

  get gvk(): Gvk {
    const { apiVersion, kind } = this
    const last = this.lastGvk
    if (last && last.kind === kind && this.lastApiVersion === apiVersion) return last
    this.lastApiVersion = apiVersion
    this.lastGvk = gvkOf(apiVersion, kind)
    return this.lastGvk
  }

  get id(): ResourceId {
    return { ...this.gvk, name: this.name, namespace: this.namespace }
  }

  get key(): string {
    return idKey(this.id)
  }

  /** `Kind.version.group/name.namespace`. */
  get text(): string {
    return idText(this.id)
  }

  /** The id it was read with. */
  get originalId(): ResourceId {
    const first = this.previous[0]
    return first ? { ...this.gvk, ...first } : this.id
  }

  /** Previous ids, then the current one. */
  get ids(): ResourceId[] {
    const gvk = this.gvk
    return [...this.previous.map(previous => ({ ...gvk, ...previous })), this.id]
  }

  rememberId(): void {
    const id = this.id
    this.previous.push({ name: id.name, namespace: effectiveNamespace(id), kind: id.kind })
  }

  /** The metadata mapping, made when there is none. */
  get metadata(): Mapping {
    const metadata = own(this.object, 'metadata')
    if (isMapping(metadata)) return metadata
    const created: Mapping = {}
    put(this.object, 'metadata', created)
    return created
  }

  get isGone(): boolean {
    return Object.keys(this.object).length === 0
  }
}
