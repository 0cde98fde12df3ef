/**
 * The `target` of patches: which objects a selector of regular expressions and label selectors means.
 */
import { anchored } from './go-regexp.ts'
import type { Selector } from './kustomization.ts'
import { labelSelector } from './label-selector.ts'
import type { BuildLimits } from './limits.ts'
import type { Resource } from './resource.ts'
import { effectiveNamespace } from './resource-id.ts'
import { at, stringMap } from './tree.ts'

/** The objects that match, in order. Names and namespaces match in their original and their current form. */
export function select(
  resources: readonly Resource[],
  selector: Selector,
  { maxPatternSize }: BuildLimits,
): Resource[] {
  const group = anchored(selector.group ?? '', maxPatternSize)
  const version = anchored(selector.version ?? '', maxPatternSize)
  const kind = anchored(selector.kind ?? '', maxPatternSize)
  const name = anchored(selector.name ?? '', maxPatternSize)
  const namespace = anchored(selector.namespace ?? '', maxPatternSize)
  const labels = labelSelector(selector.labelSelector ?? '')
  const annotations = labelSelector(selector.annotationSelector ?? '')
  return resources.filter(resource => {
    if (resource.isGone) return false
    const { gvk } = resource
    if (!kind(gvk.kind) || !group(gvk.group) || !version(gvk.version)) return false
    const [original] = resource.previous
    if (!name(resource.name) && !(original && name(original.name))) return false
    if (selector.namespace && !namespace(effectiveNamespace(resource.id))) {
      if (!namespace(effectiveNamespace(resource.originalId))) return false
    }
    if (selector.labelSelector && !labels(stringMap(at(resource.object, 'metadata', 'labels')))) return false
    return !selector.annotationSelector || annotations(stringMap(at(resource.object, 'metadata', 'annotations')))
  })
}
