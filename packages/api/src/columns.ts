/** Columns of `kubectl get` that most kinds share. */
import type { PrinterColumn } from './kind.ts'

export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

export const readyColumn: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
}

export const statusColumn: PrinterColumn = {
  name: 'Status',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
}

/** Age, then whether it is ready, then why: the order most Flux kinds have. */
export const ageReadyStatus: readonly PrinterColumn[] = [ageColumn, readyColumn, statusColumn]

/** The order of early versions. */
export const readyStatusAge: readonly PrinterColumn[] = [readyColumn, statusColumn, ageColumn]

/** A plain text column over one field. */
export function fieldColumn(name: string, jsonPath: string): PrinterColumn {
  return { name, type: 'string', jsonPath }
}
