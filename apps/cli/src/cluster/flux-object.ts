/**
 * The parts of a Flux object that commands read, whatever its kind: one place that narrows loosely typed objects from the API server.
 */
import type { Condition, InventoryEntry, KubeObject } from '@sluice/api'

interface Reference {
  kind: string
  name: string
  namespace?: string
}

interface Spec {
  suspend?: boolean
  sourceRef?: Reference
  chart?: { spec?: { sourceRef?: Reference } }
  chartRef?: Reference
}

interface Status {
  conditions?: Condition[]
  observedGeneration?: number
  lastHandledReconcileAt?: string
  artifact?: { revision?: string }
  lastAppliedRevision?: string
  lastAttemptedRevision?: string
  history?: { chartVersion?: string }[]
  helmChart?: string
  inventory?: { entries?: InventoryEntry[] }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The spec; the API server has validated it against the kind's definition. */
export const specOf = (object: KubeObject): Spec => (isRecord(object.spec) ? object.spec : {})
/** The status; empty while no controller has looked at the object. */
export const statusOf = (object: KubeObject): Status => (isRecord(object.status) ? object.status : {})

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return statusOf(object).conditions?.find(condition => condition.type === type)
}

export const readyOf = (object: KubeObject): Condition | undefined => conditionOf(object, 'Ready')

/** The revision an object stands at: of its artifact, or the one it applied last. */
export function revisionOf(object: KubeObject): string {
  const { artifact, lastAppliedRevision, history } = statusOf(object)
  return artifact?.revision ?? lastAppliedRevision ?? history?.[0]?.chartVersion ?? ''
}

/** `Kind/namespace/name` of the source an object takes its content from. */
export function sourceOf(object: KubeObject): Required<Reference> | undefined {
  const spec = specOf(object)
  const ref = spec.sourceRef ?? spec.chart?.spec?.sourceRef ?? spec.chartRef
  return ref && { kind: ref.kind, namespace: ref.namespace ?? object.metadata.namespace ?? '', name: ref.name }
}

/** The HelmChart that a HelmRelease had made for itself. */
export function madeChartOf(object: KubeObject): Required<Reference> | undefined {
  const [namespace, name] = statusOf(object).helmChart?.split('/') ?? []
  return namespace && name ? { kind: 'HelmChart', namespace, name } : undefined
}

/** Digests of a revision or message cut to eight characters, as `flux get` shows them. */
export const shortDigests = (text: string): string => text.replace(/\b(sha\d+:[0-9a-f]{8})[0-9a-f]{32,}/g, '$1')

/** A message of several lines as one cell of a table. */
export const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ')
