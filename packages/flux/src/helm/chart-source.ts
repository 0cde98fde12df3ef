import { type Artifact, groups, type HelmRelease, type KubeObject, type ObjectRef } from '@sluice/api'
import { namespaceOf } from './release-spec.ts'

/** Which object publishes a release's chart, and whether it can be relied on. Decided from what the caches hold. */
export type ChartAnswer =
  | { kind: 'artifact'; artifact: Artifact }
  /** It is not there (yet). */
  | { kind: 'missing'; message: string }
  /** It is there and not ready; its change wakes the release. */
  | { kind: 'waiting'; message: string }
  /** Refused by multi-tenancy or unsupported: nothing changes until the spec does. */
  | { kind: 'refused'; message: string }

export const CHART_SOURCES = ['HelmChart', 'OCIRepository', 'ExternalArtifact'] as const

const API_VERSION = `${groups.source}/v1`

/** The HelmChart made from a release's template. */
export function chartOfTemplate(object: HelmRelease): ObjectRef {
  const namespace = object.spec.chart?.spec.sourceRef.namespace || namespaceOf(object)
  const name = `${namespaceOf(object)}-${object.metadata.name}`
  return { apiVersion: API_VERSION, kind: 'HelmChart', namespace, name }
}

export function chartSourceOf(object: HelmRelease): ObjectRef {
  const { chartRef } = object.spec
  if (!chartRef) return chartOfTemplate(object)
  const { kind, name, namespace } = chartRef
  return { apiVersion: API_VERSION, kind, namespace: namespace || namespaceOf(object), name }
}

export function accessProblem(object: HelmRelease, ref: ObjectRef): string | undefined {
  if (ref.namespace === namespaceOf(object)) return undefined
  return `cross-namespace references are not allowed: cannot access ${ref.kind} ${ref.namespace}/${ref.name}`
}

export interface ChartSourceOptions {
  noCrossNamespaceRefs: boolean
  /** Feature gate `ExternalArtifact`. */
  externalArtifacts: boolean
}

export function chartAnswer(
  object: HelmRelease,
  source: KubeObject | undefined,
  options: ChartSourceOptions,
): ChartAnswer {
  const ref = chartSourceOf(object)
  const denied = options.noCrossNamespaceRefs ? accessProblem(object, ref) : undefined
  if (denied) return { kind: 'refused', message: denied }
  if (ref.kind === 'ExternalArtifact' && !options.externalArtifacts) {
    const id = `${ref.kind}/${ref.namespace}/${ref.name}`
    return { kind: 'refused', message: `can't access '${id}', ExternalArtifact feature gate is disabled` }
  }
  if (!source) {
    return {
      kind: 'missing',
      message: `could not get Source object: ${ref.kind}.${groups.source} "${ref.name}" not found`,
    }
  }
  const status = (source.status ?? {}) as SourceStatus
  const { artifact } = status
  const problem = ref.kind === 'ExternalArtifact' ? undefined : problemOf(source, status)
  if (problem === undefined && artifact) return { kind: 'artifact', artifact }
  const why = problem ?? 'does not have an artifact'
  return { kind: 'waiting', message: `${ref.kind} '${ref.namespace}/${ref.name}' is not ready: ${why}` }
}

interface SourceStatus {
  artifact?: Artifact
  observedGeneration?: number
  conditions?: { type: string; status: string; message: string }[]
}

/** A source need not be Ready: a chart that could be had once is used while a newer one cannot. */
function problemOf(source: KubeObject, { observedGeneration, conditions }: SourceStatus): string | undefined {
  const find = (type: string) => conditions?.find(condition => condition.type === type)
  if (source.metadata.generation !== observedGeneration) {
    const ready = find('Ready')
    return ready?.status === 'False' ? ready.message : 'latest generation of object has not been reconciled'
  }
  const stalled = find('Stalled')
  return stalled?.status === 'True' ? stalled.message : undefined
}
