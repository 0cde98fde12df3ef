import type { KubeObject } from '@sluice/api'

/**
 * What labels and annotations of an object forbid or ask for when it is applied (fluxcd/pkg/ssa): the value counts in any
 * case, on the label or the annotation.
 */

export function isSkipped(desired: KubeObject, live: KubeObject | undefined, group: string): boolean {
  const either = (key: string, value: string) =>
    marked(desired, key, value) || (live !== undefined && marked(live, key, value))
  if (either(`${group}/reconcile`, 'disabled') || either(`${group}/ssa`, 'ignore')) return true
  return live !== undefined && marked(desired, `${group}/ssa`, 'ifnotpresent')
}

/** Server-side apply without taking fields from other managers. */
export function isMerged(desired: KubeObject, live: KubeObject | undefined, group: string): boolean {
  return marked(desired, `${group}/ssa`, 'merge') || (live !== undefined && marked(live, `${group}/ssa`, 'merge'))
}

/** Recreate the object when an immutable field changes. */
export function isForced(desired: KubeObject, live: KubeObject | undefined, group: string): boolean {
  return (
    marked(desired, `${group}/force`, 'enabled') || (live !== undefined && marked(live, `${group}/force`, 'enabled'))
  )
}

/** Objects that garbage collection leaves alone; only the live object's word counts. */
export function isKept(live: KubeObject, group: string): boolean {
  return (
    marked(live, `${group}/prune`, 'disabled') ||
    marked(live, `${group}/reconcile`, 'disabled') ||
    marked(live, `${group}/ssa`, 'ignore')
  )
}

function marked(object: KubeObject, key: string, value: string): boolean {
  const { labels, annotations } = object.metadata
  return labels?.[key]?.toLowerCase() === value || annotations?.[key]?.toLowerCase() === value
}
