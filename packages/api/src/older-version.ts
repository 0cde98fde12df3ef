/**
 * An older version of a kind that is still served. Objects are stored at the newest version and converted by their API version
 * alone (strategy `None`): what one version has and another has not is dropped on the way, as with Flux. Only `spec` ever
 * differs; a status is the same in all versions, so that a write at an older version takes nothing from it.
 */
import type { KindVersion, PrinterColumn } from './kind.ts'
import { olderSchema, type SchemaDifferences } from './schema/older-schema.ts'

export function olderVersion(
  kind: string,
  name: string,
  newest: KindVersion,
  differences: () => SchemaDifferences,
  columns: readonly PrinterColumn[] = newest.columns,
): KindVersion {
  return {
    name,
    served: true,
    storage: false,
    deprecationWarning: `${name} ${kind} is deprecated, upgrade to ${newest.name}`,
    columns,
    spec: () => olderSchema(newest.spec(), differences()),
    ...(newest.status && { status: newest.status }),
  }
}
