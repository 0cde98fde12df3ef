/**
 * To which release an object belongs: said by a label and two annotations. Follows helm's pkg/action/validate.go,
 * texts included.
 */
import type { KubeObject } from '@sluice/api'

export const managedByLabel = 'app.kubernetes.io/managed-by'
export const releaseNameAnnotation = 'meta.helm.sh/release-name'
export const releaseNamespaceAnnotation = 'meta.helm.sh/release-namespace'

export interface ReleaseId {
  name: string
  namespace: string
}

/** The object as one of the release. */
export function ownedObject(object: KubeObject, release: ReleaseId): KubeObject {
  const { metadata } = object
  const labels = { ...metadata.labels, [managedByLabel]: 'Helm' }
  const annotations = {
    ...metadata.annotations,
    [releaseNameAnnotation]: release.name,
    [releaseNamespaceAnnotation]: release.namespace,
  }
  return { ...object, metadata: { ...metadata, labels, annotations } }
}

/** Why an object is not one of the release; undefined when it is. */
export function ownershipFault(object: KubeObject, release: ReleaseId): string | undefined {
  const { labels, annotations } = object.metadata
  const faults = [
    valueFault('label', labels, managedByLabel, 'Helm'),
    valueFault('annotation', annotations, releaseNameAnnotation, release.name),
    valueFault('annotation', annotations, releaseNamespaceAnnotation, release.namespace),
  ].filter(fault => fault !== undefined)
  return faults.length === 0 ? undefined : `invalid ownership metadata; ${faults.join('; ')}`
}

function valueFault(
  what: string,
  map: Record<string, string> | undefined,
  key: string,
  value: string,
): string | undefined {
  const actual = map?.[key]
  if (actual === value) return undefined
  const reason =
    actual === undefined
      ? `missing key "${key}": must be set to "${value}"`
      : `key "${key}" must equal "${value}": current value is "${actual}"`
  return `${what} validation error: ${reason}`
}
