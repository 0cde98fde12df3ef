/** The last few distinct outcomes of a reconciliation. */
import { array, integer, map, object, required, type Static, string } from '../schema/schema.ts'

export function history() {
  return array(
    'The last five distinct outcomes, newest first.',
    object('The reconciliations of one content that ended alike.', {
      digest: required(string('Checksum of the built manifests.')),
      firstReconciled: required(string('When this outcome was first seen.', { format: 'date-time' })),
      lastReconciled: required(string('When it was last seen.', { format: 'date-time' })),
      lastReconciledDuration: required(string('How long the last such reconciliation took.')),
      lastReconciledStatus: required(string('Reason that the `Ready` condition had.')),
      totalReconciliations: required(integer('How often it ended so.', { format: 'int64' })),
      metadata: map('More facts, such as `revision`.', string('Value.')),
    }),
  )
}

export type HistoryEntry = Static<ReturnType<typeof history>>[number]
