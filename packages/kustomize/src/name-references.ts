/**
 * Follows renamed objects in every field that names them. Runs once, at the end. Candidates are found by their former names through an index, so
 * the work grows with the number of references, not with references times objects.
 */

import { SourceScalar, stringify } from '@sluice/yaml'
import type { NameReference } from './default-specs.ts'
import { applyPath, type FieldSpec } from './field-spec.ts'
import { KustomizeError, prefixed } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { effectiveNamespace, type Gvk, isClusterScoped, isSelected, noNamespace } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { at, isMapping, isMissing, own, plain, put, textOf } from './tree.ts'

/** What the search needs of an object, computed once. */
interface Candidate {
  resource: Resource
  name: string
  namespace: string
  effective: string
  original: string
}

interface Index {
  byFormerName: Map<string, Candidate[]>
  /** Effective namespaces of now, by the one an object was read with. */
  currentByOriginal: Map<string, Set<string>>
}

function indexOf(resources: readonly Resource[]): Index {
  const byFormerName = new Map<string, Candidate[]>()
  const currentByOriginal = new Map<string, Set<string>>()
  for (const resource of resources) {
    const id = resource.id
    const effective = effectiveNamespace(id)
    const original = effectiveNamespace(resource.originalId)
    if (original !== noNamespace) {
      const group = currentByOriginal.get(original)
      if (group) group.add(effective)
      else currentByOriginal.set(original, new Set([effective]))
    }
    // An object that never had another name cannot have left a wrong reference behind.
    if (resource.previous.length === 0) continue
    const candidate: Candidate = { resource, name: id.name, namespace: id.namespace, effective, original }
    for (const name of new Set(resource.previous.map(previous => previous.name))) {
      const list = byFormerName.get(name)
      if (list) list.push(candidate)
      else byFormerName.set(name, [candidate])
    }
  }
  return { byFormerName, currentByOriginal }
}

export function fixNameReferences(set: ResourceSet, references: readonly NameReference[]): void {
  const index = indexOf(set.resources)
  const byKind = new Map<string, { target: NameReference; spec: FieldSpec }[]>()
  for (const resource of set.resources) {
    const original = resource.originalId
    const key = `${original.group}/${original.version}/${original.kind}`
    let fields = byKind.get(key)
    if (!fields) {
      fields = references.flatMap(target =>
        target.fieldSpecs.filter(spec => isSelected(original, spec)).map(spec => ({ target, spec })),
      )
      byKind.set(key, fields)
    }
    if (fields.length === 0) continue
    const referrer = new Referrer(resource, index)
    referrer.checkSubjects()
    for (const { target, spec } of fields) referrer.fix(target, spec)
  }
}

class Referrer {
  private readonly resource: Resource
  private readonly index: Index
  private readonly clusterScoped: boolean
  private readonly effective: string
  private bound: Set<string> | undefined

  constructor(resource: Resource, index: Index) {
    this.resource = resource
    this.index = index
    const id = resource.id
    this.clusterScoped = isClusterScoped(id)
    this.effective = effectiveNamespace(id)
  }

  /** Throws when a RoleBinding names a service account without a namespace that could be followed. */
  checkSubjects(): void {
    if (!this.clusterScoped) this.boundNamespaces()
  }

  fix(target: NameReference, spec: FieldSpec): void {
    try {
      applyPath(this.resource, spec, undefined, value => this.fixed(value, target, spec))
    } catch (error) {
      throw prefixed(error, `updating name reference in '${spec.path}' field of '${this.resource.text}'`)
    }
  }

  private fixed(value: unknown, target: NameReference, spec: FieldSpec): unknown {
    if (isMissing(value)) return value
    if (Array.isArray(value)) return value.map((item: unknown) => this.fixed(item, target, spec))
    if (isMapping(value)) {
      this.fixMapping(value, target, spec)
      return value
    }
    const found = this.search(textOf(value), target, spec, undefined)
    return found && found.name !== textOf(value) ? found.name : value
  }

  /** A field that holds a name and perhaps a namespace. */
  private fixMapping(value: Record<string, unknown>, target: NameReference, spec: FieldSpec): void {
    const nameField = own(value, 'name')
    if (nameField === undefined) {
      throw new KustomizeError("path config error; no 'name' field in node")
    }
    const old = textOf(nameField)
    const namespaceField = own(value, 'namespace')
    const found = this.search(
      old,
      target,
      spec,
      namespaceField === undefined ? undefined : textOf(namespaceField),
      true,
    )
    if (!found || (found.name === old && found.namespace === '')) return
    put(value, 'name', found.name)
    if (found.namespace !== '') put(value, 'namespace', found.namespace)
  }

  private search(
    name: string,
    target: NameReference,
    spec: FieldSpec,
    namespace: string | undefined,
    map = false,
  ): Candidate | undefined {
    const named = this.index.byFormerName.get(name)
    if (!named) return undefined
    let found = named.filter(candidate => this.reachable(candidate))
    if (namespace !== undefined) {
      const former = found.filter(candidate => candidate.original === namespace && namespace !== noNamespace)
      // The real one looks for the namespace among all candidates, not only those with this name.
      found =
        former.length > 0 || this.hasOriginal(namespace)
          ? former
          : found.filter(candidate => candidate.effective === namespace && namespace !== noNamespace)
    }
    found = found.filter(candidate => formerlySelected(candidate, target))
    if (spec.path.endsWith('roleRef/name')) {
      const roleRef = this.roleRef()
      if (roleRef) found = found.filter(candidate => formerlySelected(candidate, roleRef))
    }
    found = found.filter(candidate => this.sameNamespace(candidate))
    if (found.length === 1) return found[0]
    found = found.filter(candidate => sameAffixes(candidate.resource, this.resource, true))
    if (found.length > 1) found = found.filter(candidate => sameAffixes(candidate.resource, this.resource, false))
    const [first] = found
    if (!first || found.length === 1) return first
    const alike = found.every(
      candidate => candidate.name === first.name && (!map || candidate.namespace === first.namespace),
    )
    if (alike) return first
    const ids = found.map(candidate => candidate.resource.text).join(', ')
    throw new KustomizeError(
      `found multiple possible referrals: ${ids}\n\n**** Too many possible referral targets to referrer:\n${stringify(plain(this.resource.object))}`,
    )
  }

  /** Whether any object that this one could mean was first read in the namespace. */
  private hasOriginal(namespace: string): boolean {
    for (const effective of this.index.currentByOriginal.get(namespace) ?? []) {
      if (this.clusterScoped || effective === this.effective || this.boundNamespaces().has(effective)) return true
    }
    return false
  }

  /** Whether the referrer could mean this object at all. */
  private reachable(candidate: Candidate): boolean {
    if (this.clusterScoped || candidate.effective === noNamespace || candidate.effective === this.effective) return true
    return this.boundNamespaces().has(candidate.namespace)
  }

  /** Namespaces of the service accounts that a RoleBinding names. */
  private boundNamespaces(): Set<string> {
    if (this.bound) return this.bound
    this.bound = new Set()
    const subjects = this.resource.kind === 'RoleBinding' ? at(this.resource.object, 'subjects') : undefined
    if (Array.isArray(subjects)) {
      for (const subject of subjects) {
        if (!isMapping(subject) || textOf(own(subject, 'kind')) !== 'ServiceAccount') continue
        const namespace = own(subject, 'namespace')
        if (namespace === undefined) continue
        const text = namespace instanceof SourceScalar ? namespace.value : namespace
        if (typeof text !== 'string') {
          throw new KustomizeError(`Invalid Input: namespace is blank for resource "${this.resource.text}"\n`)
        }
        this.bound.add(text)
      }
    }
    return this.bound
  }

  private sameNamespace(candidate: Candidate): boolean {
    return (
      this.clusterScoped ||
      candidate.effective === noNamespace ||
      candidate.resource.kind === 'ServiceAccount' ||
      candidate.effective === this.effective
    )
  }

  private roleRef(): Partial<Gvk> | undefined {
    const group = at(this.resource.object, 'roleRef', 'apiGroup')
    const kind = at(this.resource.object, 'roleRef', 'kind')
    return group === undefined || kind === undefined ? undefined : { group: textOf(group), kind: textOf(kind) }
  }
}

function formerlySelected(candidate: Candidate, target: Partial<Gvk>): boolean {
  const gvk = candidate.resource.gvk
  return candidate.resource.previous.some(previous => isSelected({ ...gvk, kind: previous.kind }, target))
}

/** Whether the affixes of two objects end alike: they were in the same layers. */
function sameAffixes(a: Resource, b: Resource, emptyMatches: boolean): boolean {
  return sameEnding(a.prefixes, b.prefixes, emptyMatches) && sameEnding(a.suffixes, b.suffixes, emptyMatches)
}

function sameEnding(a: readonly string[], b: readonly string[], emptyMatches: boolean): boolean {
  if (a.length === 0 || b.length === 0) return emptyMatches || a.length === b.length
  const length = Math.min(a.length, b.length)
  for (let i = 1; i <= length; i++) if (a.at(-i) !== b.at(-i)) return false
  return true
}
