/**
 * `replicas`: counts for workloads, by name. A count in quotes stays in quotes.
 */
import { applyFieldSpec, type FieldSpec } from './field-spec.ts'
import { KustomizeError } from './kustomize-error.ts'
import { isSelected } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { isQuoted } from './tree.ts'

export function setReplicas(set: ResourceSet, name: string, count: number, specs: readonly FieldSpec[]): void {
  const named = set.resources.filter(resource => resource.ids.some(id => id.name === name))
  let found = false
  for (const spec of specs) {
    for (const resource of named) {
      if (!resource.ids.some(id => id.name === name && isSelected(id, spec))) continue
      found = true
      applyFieldSpec(resource, spec, 'scalar', value => (isQuoted(value) ? String(count) : count))
    }
  }
  if (found) return
  const gvks = specs.map(spec => `${spec.kind ?? '[noKind]'}.${spec.version ?? '[noVer]'}.${spec.group ?? '[noGrp]'}`)
  throw new KustomizeError(
    `resource with name ${name} does not match a config with the following GVK [${gvks.join(' ')}]`,
  )
}
