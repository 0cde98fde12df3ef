/** What stands between an object as it is on the cluster and as a release wants it. */
import type { KubeObject, ObjectRef } from '@sluice/api'

export type JsonPatchOperation =
  | { op: 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }

export interface ObjectChange {
  ref: ObjectRef
  /**
   * `added`: it is not on the cluster. `removed`: it is there and would go. `excluded`: its changes are nobody's
   * business.
   */
  action: 'added' | 'changed' | 'removed' | 'unchanged' | 'excluded'
  /** From the live object to the wanted one. Never to be shown for a Secret: see `masked`. */
  patch: JsonPatchOperation[]
  /** The same with the values of Secrets replaced: for people. */
  masked: JsonPatchOperation[]
  /** As the release wants it; of one that goes, as it wanted it. */
  wanted: KubeObject
  live?: KubeObject
}
