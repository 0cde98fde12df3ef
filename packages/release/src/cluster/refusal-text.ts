import type { ObjectRef } from '@sluice/api'

/** What the server says of an object it refuses, without the values that it repeats of a Secret. */
export function refusalText({ apiVersion, kind }: ObjectRef, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (kind !== 'Secret' || apiVersion !== 'v1') return text
  return text
    .replaceAll(/Invalid value: (?:"(?:[^"\\]|\\.)*"|[^:,\]]+)/g, 'Invalid value: "***"')
    .replaceAll(/\{Value:(?:"(?:[^"\\]|\\.)*"|[^}]*)\}/g, '{Value:***}')
    .replaceAll(/unrecognized type: .*/g, 'unrecognized type: ***')
}
