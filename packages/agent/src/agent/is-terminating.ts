import { ApiError } from '@sluice/kube'

/** The namespace is on its way out, and takes nothing in: not a refusal of ours, only too early. */
export function isTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 403) return false
  return error.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false
}
