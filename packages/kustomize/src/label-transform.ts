/**
 * `labels`, `commonLabels` and `commonAnnotations`: writes pairs into every mapping that the field specs name.
 */
import { stringify } from '@sluice/yaml'
import { mergeSpecs } from './config-merge.ts'
import type { TransformerConfig } from './default-specs.ts'
import { applyPath, type FieldSpec, SpecsByKind } from './field-spec.ts'
import type { Label } from './kustomization.ts'
import { KustomizeError, within } from './kustomize-error.ts'
import type { ResourceSet } from './resource-set.ts'
import { isMapping, kindOf, type Mapping, own, plain, put } from './tree.ts'

/** Writes the pairs, sorted by key, over what is there. */
export function setPairs(set: ResourceSet, pairs: Readonly<Record<string, string>>, specs: readonly FieldSpec[]): void {
  const keys = Object.keys(pairs).sort()
  if (keys.length === 0) return
  const byKind = new SpecsByKind(specs)
  for (const resource of set.resources) {
    const selected = byKind.of(resource)
    for (const key of keys) {
      const value = pairs[key]
      const made: { container: Mapping; path: string }[] = []
      for (const spec of selected) {
        applyPath(resource, spec, 'mapping', container => {
          if (!isMapping(container)) throw wrongKind(container)
          if (own(container, key) === undefined) made.push({ container, path: spec.path })
          put(container, key, value)
          return container
        })
      }
      resource.shared.settle()
      resource.shared.add(key, value, made)
    }
  }
}

function wrongKind(value: unknown): KustomizeError {
  return new KustomizeError(
    `wrong node kind: expected MappingNode but got ${kindOf(value)}: node contents:\n${stringify(plain(value))}`,
  )
}

/** The fields that one item of `labels` touches. */
export function labelSpecs(label: Label, config: TransformerConfig): FieldSpec[] {
  return within('failed to merge labels', () => {
    const own = (label.fields ?? []).map(spec => ({ ...spec, path: spec.path ?? '' }))
    let specs = mergeSpecs(own, config.labels)
    if (label.includeSelectors) return mergeSpecs(specs, config.commonLabels)
    if (label.includeTemplates) specs = mergeSpecs(specs, config.templateLabels)
    return mergeSpecs(specs, [{ path: 'metadata/labels', create: true }])
  })
}
