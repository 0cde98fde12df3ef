import type { HelmRelease, InventoryEntry, KubeObject, ObjectRef } from '@sluice/api'
import type { ChartDefinition } from '@sluice/helm'
import { inventoryEntry, type KubeClient, NoMatchError, refOf } from '@sluice/kube'
import type { ReleaseRecord } from '@sluice/release'
import { parseDocuments } from '@sluice/yaml'

/**
 * The objects of a release as its status lists them, for who wants to look at them: the manifest's, then the
 * definitions'.
 */
export interface Inventory {
  inventory: NonNullable<HelmRelease['status']>['inventory']
  /** Kinds of which it is not known whether they have a namespace. */
  warnings: string[]
}

export async function inventoryOf(
  record: ReleaseRecord,
  definitions: readonly ChartDefinition[],
  client: KubeClient,
): Promise<Inventory> {
  const entries: InventoryEntry[] = []
  const warnings: string[] = []
  for (const object of objectsIn(record.manifest)) {
    if (object.metadata.annotations?.['helm.sh/hook'] !== undefined) continue
    const ref = refOf(object)
    if (!ref.namespace) {
      try {
        if (await isNamespaced(ref, client)) ref.namespace = record.namespace
      } catch (error) {
        if (!(error instanceof NoMatchError)) throw error
        warnings.push(`failed to determine if ${ref.kind} is namespace scoped, skipping namespace: ${error.message}`)
      }
    }
    entries.push(inventoryEntry(ref))
  }
  for (const { text } of definitions) entries.push(...objectsIn(text).map(object => inventoryEntry(refOf(object))))
  return { inventory: { entries }, warnings }
}

/** The objects of a manifest, lists taken apart. */
export function objectsIn(text: string): KubeObject[] {
  return parseDocuments(text, { duplicateKeys: 'last' }).flatMap(({ value }) => flattened(value))
}

async function isNamespaced({ apiVersion, kind }: ObjectRef, { discovery }: KubeClient): Promise<boolean> {
  return (await discovery.resourceFor(apiVersion, kind)).namespaced
}

function flattened(value: unknown): KubeObject[] {
  if (typeof value !== 'object' || value === null || !('kind' in value) || typeof value.kind !== 'string') return []
  if (value.kind.endsWith('List') && 'items' in value && Array.isArray(value.items)) {
    return value.items.flatMap(flattened)
  }
  // What has no name the API server has refused.
  return 'metadata' in value ? [value as KubeObject] : []
}
