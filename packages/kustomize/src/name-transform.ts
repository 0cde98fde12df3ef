/**
 * `namePrefix`, `nameSuffix` and `namespace`: the transformers that change identities. Each remembers the old one so that references can follow.
 */
import { stringify } from '@sluice/yaml'
import { applyFieldSpec, applyPath, expectScalar, type FieldSpec, SpecsByKind } from './field-spec.ts'
import { KustomizeError, prefixed } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { isClusterScoped, isSelected } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { at, isEmpty, isMapping, isMissing, kindOf, type Mapping, own, plain, put, textOf } from './tree.ts'

/** Kinds whose name must stay, by their original id. */
const unaffixed = [
  { kind: 'CustomResourceDefinition' },
  { kind: 'APIService', group: 'apiregistration.k8s.io' },
  { kind: 'Namespace' },
]

export function addAffix(
  set: ResourceSet,
  side: 'prefix' | 'suffix',
  affix: string,
  specs: readonly FieldSpec[],
): void {
  for (const resource of set.resources) {
    const original = resource.originalId
    if (unaffixed.some(gvk => isSelected(original, gvk))) continue
    for (const spec of specs) {
      if (!isSelected(original, spec)) continue
      if (spec.path === 'metadata/name' && affix !== '') {
        ;(side === 'prefix' ? resource.prefixes : resource.suffixes).push(affix)
        resource.rememberId()
      }
      applyFieldSpec(resource, spec, 'scalar', value =>
        side === 'prefix' ? affix + textOf(value) : textOf(value) + affix,
      )
    }
  }
  set.changed()
}

export interface NamespaceOptions {
  unsetOnly?: boolean
  setRoleBindingSubjects?: 'defaultOnly' | 'allServiceAccounts' | 'none'
}

export function setNamespace(
  set: ResourceSet,
  namespace: string,
  specs: readonly FieldSpec[],
  options: NamespaceOptions = {},
): void {
  // Ids at this moment, counted, so that a clash is noticed at once, also one that a later object would resolve.
  const counts = new Map<string, number>()
  const count = (key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by)
  for (const resource of set.resources) count(resource.key, 1)
  const value = (old: unknown) => (options.unsetOnly && !isEmpty(old) ? old : namespace)
  const byKind = new SpecsByKind(specs)
  for (const resource of set.resources) {
    if (resource.fromHelm) continue
    const before = resource.key
    resource.rememberId()
    try {
      setNamespaceOf(resource, byKind, options, value)
    } catch (error) {
      if (error instanceof KustomizeError && error.message.startsWith(ofSubjects)) throw error
      const isKind = error instanceof KustomizeError && error.message.includes('expected ScalarNode but got')
      throw prefixed(
        error,
        isKind ? 'namespace field specs must target scalar nodes' : 'namespace transformation failed',
      )
    }
    count(before, -1)
    const after = resource.key
    count(after, 1)
    if ((counts.get(after) ?? 0) > 1) {
      throw new KustomizeError(`namespace transformation produces ID conflict: ${resource.text}`, {
        object: resource.text,
        cure: 'several objects get this id: rename one, or build them apart',
      })
    }
  }
  set.changed()
}

/** The namespace of one object, wherever its kind has one. */
export function setNamespaceOf(
  resource: Resource,
  specs: SpecsByKind,
  options: NamespaceOptions,
  value: (old: unknown) => unknown,
): void {
  if (!isClusterScoped(resource.gvk)) put(resource.metadata, 'namespace', value(own(resource.metadata, 'namespace')))
  const isBinding = resource.kind === 'RoleBinding' || resource.kind === 'ClusterRoleBinding'
  if (isBinding) setSubjects(resource, options.setRoleBindingSubjects ?? 'defaultOnly', value)
  for (const spec of specs.of(resource)) {
    if (spec.path === 'metadata/namespace') continue
    if (spec.path === 'metadata/name' && resource.apiVersion !== 'v1') continue
    if (
      isBinding &&
      spec.path === 'subjects/namespace' &&
      (spec.kind === 'RoleBinding' || spec.kind === 'ClusterRoleBinding')
    )
      continue
    applyPath(resource, spec, 'scalar', value)
  }
}

const ofSubjects = 'setting namespace on (cluster)role binding subjects'

function namespaceField(subject: Mapping): unknown {
  try {
    return expectScalar(own(subject, 'namespace'))
  } catch (error) {
    throw prefixed(error, ofSubjects)
  }
}

function setSubjects(resource: Resource, mode: string, value: (old: unknown) => unknown): void {
  const subjects = at(resource.object, 'subjects')
  if (mode === 'none' || isMissing(subjects)) return
  if (!Array.isArray(subjects)) {
    throw new KustomizeError(
      `${ofSubjects}: wrong node kind: expected SequenceNode but got ${kindOf(subjects)}: node contents:\n${stringify(plain(subjects))}`,
    )
  }
  for (const subject of subjects) {
    if (!isMapping(subject)) continue
    const chosen =
      mode === 'allServiceAccounts'
        ? textOf(own(subject, 'kind')) === 'ServiceAccount'
        : textOf(own(subject, 'name')) === 'default'
    if (!chosen) continue
    put(subject, 'namespace', value(namespaceField(subject)))
  }
}
