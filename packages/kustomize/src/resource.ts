/**
 * One object of a build with what the build must remember about it: the names it had, the affixes it got, and what its generator wants. kustomize keeps this
 * in annotations; here it stands beside the object.
 */
import { effectiveNamespace, type Gvk, gvkOf, idKey, idText, type ResourceId } from './resource-id.ts'
import { SharedPairs } from './shared-pairs.ts'
import { at, clone, cloneNoting, isMapping, type Mapping, own, put, textOf } from './tree.ts'

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
  isGenerated = false
  shared = new SharedPairs()
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

  /** A copy that a build can take as if it were this one. */
  twin(): Resource {
    const copies = this.shared.isEmpty ? undefined : new Map<unknown, Mapping>()
    const twin = new Resource(cloneNoting(this.object, copies))
    twin.adopt(this)
    twin.needsHash = this.needsHash
    twin.behavior = this.behavior
    twin.allowNameChange = this.allowNameChange
    twin.allowKindChange = this.allowKindChange
    if (copies) twin.shared = this.shared.twin(copies)
    return twin
  }

  /** Takes over what the build remembers of another object. */
  adopt(other: Resource): void {
    this.previous = [...other.previous]
    this.prefixes = [...other.prefixes]
    this.suffixes = [...other.suffixes]
    this.varNames = [...other.varNames]
    this.fromHelm = other.fromHelm
    this.isGenerated = other.isGenerated
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

  /** Whether kustomize would keep notes about it in its annotations. */
  get hasNotes(): boolean {
    return this.isGenerated || this.previous.length > 0 || this.prefixes.length > 0 || this.suffixes.length > 0
  }

  /** What happens when a patch takes the annotations with kustomize's notes away. */
  loseNotes(): void {
    this.previous = []
    this.prefixes = []
    this.suffixes = []
    this.needsHash = false
    this.behavior = undefined
    this.isGenerated = false
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
