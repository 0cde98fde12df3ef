import type { ManagedFieldsEntry } from '@sluice/api'

/** Union of FieldsV1 sets (`meta/v1` FieldsV1: a trie whose keys are path elements). */
export type FieldSet = { [element: string]: FieldSet }

export function unionOf(sets: readonly FieldSet[]): FieldSet {
  const result: FieldSet = {}
  for (const set of sets) {
    for (const [element, child] of Object.entries(set)) {
      const known = result[element]
      result[element] = known ? unionOf([known, child]) : child
    }
  }
  return result
}

/** The fields of several entries of `metadata.managedFields`. */
export function unionOfEntries(entries: readonly ManagedFieldsEntry[]): FieldSet {
  return unionOf(entries.map(entry => (entry.fieldsV1 ?? {}) as FieldSet))
}
