/**
 * Joins transformer configurations of several layers, with kustomize's notion of what is already there.
 */
import { defaultConfig, type NameReference, type TransformerConfig } from './default-specs.ts'
import type { FieldSpec } from './field-spec.ts'
import { gvkLess } from './gvk-order.ts'
import { KustomizeError } from './kustomize-error.ts'
import { isSelected } from './resource-id.ts'

/** A new list with the specs of `more` that `specs` does not cover. Throws when they disagree on `create`. */
export function mergeSpecs(specs: readonly FieldSpec[], more: readonly FieldSpec[]): FieldSpec[] {
  const result = [...specs]
  const byPath = new Map<string, FieldSpec[]>()
  for (const spec of result) byPath.set(spec.path, [...(byPath.get(spec.path) ?? []), spec])
  for (const spec of more) {
    const same = byPath.get(spec.path)
    const known = same?.find(old =>
      isSelected({ group: old.group ?? '', version: old.version ?? '', kind: old.kind ?? '' }, spec),
    )
    if (known) {
      if ((known.create ?? false) !== (spec.create ?? false)) {
        throw new KustomizeError(`conflicting fieldspecs: 'create' differs for ${spec.kind ?? 'any kind'} ${spec.path}`)
      }
      continue
    }
    result.push(spec)
    if (same) same.push(spec)
    else byPath.set(spec.path, [spec])
  }
  return result
}

function mergeReferences(references: readonly NameReference[], more: readonly NameReference[]): NameReference[] {
  const result = references.map(reference => ({ ...reference }))
  for (const reference of more) {
    const known = result.find(
      old =>
        (old.group ?? '') === (reference.group ?? '') &&
        (old.version ?? '') === (reference.version ?? '') &&
        (old.kind ?? '') === (reference.kind ?? ''),
    )
    if (known) known.fieldSpecs = mergeSpecs(known.fieldSpecs, reference.fieldSpecs)
    else result.push({ ...reference })
  }
  return result
}

export function emptyConfig(): TransformerConfig {
  return {
    namePrefix: [],
    nameSuffix: [],
    namespace: [],
    commonLabels: [],
    labels: [],
    templateLabels: [],
    commonAnnotations: [],
    nameReference: [],
    varReference: [],
    images: [],
    replicas: [],
  }
}

/** Configurations of two layers in one. The default configuration, which nearly all layers have, is not walked again. */
export function mergeConfigs(config: TransformerConfig, more: TransformerConfig): TransformerConfig {
  if (config === more) return config
  if (more === defaultConfig() && config.namePrefix.length > 0) return config
  const both = (field: Exclude<keyof TransformerConfig, 'nameReference'>) =>
    // Sorted each time, as the real one does: it decides which of two overlapping specs is met first at the next merge.
    mergeSpecs(config[field], more[field]).sort(gvkLess)
  return {
    namePrefix: both('namePrefix'),
    nameSuffix: both('nameSuffix'),
    namespace: both('namespace'),
    commonLabels: both('commonLabels'),
    labels: both('labels'),
    templateLabels: both('templateLabels'),
    commonAnnotations: both('commonAnnotations'),
    nameReference: mergeReferences(config.nameReference, more.nameReference).sort(gvkLess),
    varReference: both('varReference'),
    images: both('images'),
    replicas: both('replicas'),
  }
}
