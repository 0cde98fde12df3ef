/**
 * The order of the output: as accumulated, or kustomize's legacy order by kind.
 */
import { kindRanks, stableGvkText } from './gvk-order.ts'
import type { SortOptions } from './kustomization.ts'
import { KustomizeError, within } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { gvkText } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'

export function sortResources(set: ResourceSet, options: SortOptions): void {
  const { order, legacySortOptions: legacy } = options
  if (order !== 'fifo' && order !== 'legacy') {
    throw new KustomizeError("the field 'sortOptions.order' must be one of [fifo, legacy]")
  }
  if (order === 'fifo') {
    if (!legacy) return
    throw new KustomizeError(
      "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
    )
  }
  const ranks = legacy ? kindRanks(legacy.orderFirst ?? [], legacy.orderLast ?? []) : kindRanks()
  const keyed = set.resources.map(resource => sortKey(resource, ranks))
  keyed.sort(compare)
  set.resources = keyed.map(key => key.resource)
  set.changed()
  within('SortOrderTransformer: Failed to append to resources', () => set.checkUnique())
}

interface SortKey {
  resource: Resource
  rank: number
  coreNamespace: boolean
  gvk: string
  id: string
}

function sortKey(resource: Resource, ranks: ReadonlyMap<string, number>): SortKey {
  const id = resource.id
  return {
    resource,
    rank: ranks.get(id.kind) ?? 0,
    coreNamespace: id.kind === 'Namespace' && id.group === '',
    gvk: stableGvkText(id),
    id: `${gvkText(id)}|${id.namespace || '~X'}|${id.name || '~N'}`,
  }
}

function compare(a: SortKey, b: SortKey): number {
  if (a.gvk !== b.gvk) {
    if (a.rank !== b.rank) return a.rank - b.rank
    const bothNamespaces = a.gvk.endsWith('_Namespace') && b.gvk.endsWith('_Namespace')
    const less = a.gvk < b.gvk ? -1 : 1
    return bothNamespaces && (a.coreNamespace || b.coreNamespace) ? -less : less
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
