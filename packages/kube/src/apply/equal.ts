import type { KubeObject } from '@sluice/api'

/** Whether an apply would change the object, by a dry run's answer: labels, annotations, or anything but metadata and status. */
export function hasDrifted(live: KubeObject, dryRun: KubeObject): boolean {
  if (!equalJson(live.metadata.labels ?? {}, dryRun.metadata.labels ?? {})) return true
  if (!equalJson(live.metadata.annotations ?? {}, dryRun.metadata.annotations ?? {})) return true
  const keys = new Set([...Object.keys(live), ...Object.keys(dryRun)])
  for (const key of keys) {
    if (key === 'metadata' || key === 'status') continue
    if (!equalJson(live[key], dryRun[key])) return true
  }
  return false
}

/** Deep equality of JSON values. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((v, i) => equalJson(v, b[i]))
  }
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length && keys.every(key => key in right && equalJson(left[key], right[key]))
  )
}
