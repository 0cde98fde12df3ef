/** What an API server refused a request with, as Go's loggers write it: the fields of its status in their own order. */
import type { ApiError } from '@sluice/kube'
import { RawJson } from '../record/go-json.ts'

export function refusedStatus({ message, reason, details, code }: ApiError): RawJson {
  const { name, group, kind, ...more } = details ?? {}
  const inOrder = details && { name, group, kind, ...more }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason }
  return new RawJson(JSON.stringify({ ErrStatus: { ...status, details: inOrder, code } }))
}
