import { annotations, type KubeObject } from '@sluice/api'

/**
 * Whether a live object lacks anything that it shall have. Fields we do not name (defaults, other people's additions) are none
 * of our business, and neither is the time of the last request, which others move as well.
 */
export function differs(desired: KubeObject, live: KubeObject): boolean {
  const { metadata, apiVersion: _version, kind: _kind, ...fields } = desired
  const { [annotations.requestedAt]: _, ...noted } = metadata.annotations ?? {}
  return (
    !contains(live.metadata.labels ?? {}, metadata.labels ?? {}) ||
    !contains(live.metadata.annotations ?? {}, noted) ||
    Object.entries(fields).some(([field, value]) => !contains(live[field], value))
  )
}

/** Maps must hold at least what is wanted; lists and values must be what is wanted. */
function contains(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((one, i) => contains(live[i], one))
  }
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return Object.keys(wanted).length === 0 && !live
  const fields = new Map(Object.entries(live))
  return Object.entries(wanted).every(([key, value]) => contains(fields.get(key), value))
}
