import {
  fieldManagers,
  groups,
  type HelmRelease,
  helmReasons,
  type KubeObject,
  labels,
  type ObjectRef,
} from '@sluice/api'
import { durationOr, type EventDraft, equal, formatDuration } from '@sluice/controller'
import { type Informer, isNotFound, type KubeClient } from '@sluice/kube'
import { chartOfTemplate } from './chart-source.ts'
import { namespaceOf } from './release-spec.ts'

/**
 * The HelmChart that a release's `spec.chart` asks for: made and kept equal by server-side apply, deleted when the
 * release names another one, or none. It is no owned object in Kubernetes' sense: it may lie in another namespace.
 */
export interface ChartTemplateParts {
  /** The controller's own. */
  client: KubeClient
  charts: Informer
  record: (event: EventDraft) => void
}

/** Settles with `status.helmChart` as it is to be; undefined without a template. */
export async function reconcileChart(object: HelmRelease, parts: ChartTemplateParts): Promise<string | undefined> {
  const ref = object.spec.chart && chartOfTemplate(object)
  const name = ref && `${ref.namespace}/${ref.name}`
  const before = object.status?.helmChart
  if (before && before !== name) await deleteChart(object, before, parts)
  if (!ref) return undefined
  const desired = chartFor(object, ref)
  const live = parts.charts.get(ref.namespace, ref.name)
  if (live && isInSync(live, desired)) return name
  try {
    const options = { fieldManager: fieldManagers.helmController, force: true }
    const applied = await parts.client.apply(desired, options)
    parts.charts.observe(applied)
    if (live?.metadata.resourceVersion !== applied.metadata.resourceVersion) {
      const [word, reason] = live
        ? ['Configured', helmReasons.helmChartConfigured]
        : ['Created', helmReasons.helmChartCreated]
      const { kind, name: repository } = object.spec.chart?.spec.sourceRef ?? {}
      const source = `${kind}/${ref.namespace}/${repository}`
      parts.record({ severity: 'info', reason, message: `${word} HelmChart/${name} with SourceRef '${source}'` })
    }
    return name
  } catch (cause) {
    const message = `failed to run server-side apply: ${cause instanceof Error ? cause.message : cause}`
    parts.record({ severity: 'info', reason: helmReasons.helmChartSyncError, message })
    throw new Error(message, { cause })
  }
}

/**
 * `chart` is a value of `status.helmChart`. Who may edit a release may write that, too: a chart that does not say that
 * it was made for this release stays, since we can delete more than they can.
 */
export async function deleteChart(object: HelmRelease, chart: string, parts: ChartTemplateParts): Promise<void> {
  const { client, record } = parts
  const [namespace = '', name = ''] = chart.split('/')
  const ref = { apiVersion: `${groups.source}/v1`, kind: 'HelmChart', namespace, name }
  try {
    const live = await client.find(ref)
    if (!live || !isMadeFor(object, live)) return
    await client.delete(ref, { uid: live.metadata.uid })
    record({ severity: 'info', reason: helmReasons.helmChartDeleted, message: `deleted HelmChart '${chart}'` })
  } catch (cause) {
    if (isNotFound(cause)) return
    throw new Error(`failed to delete HelmChart '${chart}': ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

function isMadeFor(object: HelmRelease, { metadata }: KubeObject): boolean {
  return Object.entries(originOf(object)).every(([key, value]) => metadata.labels?.[key] === value)
}

const originOf = (object: HelmRelease): Record<string, string> => ({
  [labels.helmReleaseName]: object.metadata.name,
  [labels.helmReleaseNamespace]: namespaceOf(object),
})

function chartFor(object: HelmRelease, { apiVersion, kind, namespace, name }: ObjectRef): KubeObject {
  const { spec, metadata } = object.spec.chart ?? {}
  const { sourceRef, interval = object.spec.interval } = spec ?? {}
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: {
        ...metadata?.labels,
        ...originOf(object),
      },
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    spec: {
      chart: spec?.chart,
      version: spec?.version,
      sourceRef: { kind: sourceRef?.kind, name: sourceRef?.name },
      interval: formatDuration(durationOr(interval, 0)),
      reconcileStrategy: spec?.reconcileStrategy,
      valuesFiles: spec?.valuesFiles,
      ignoreMissingValuesFiles: spec?.ignoreMissingValuesFiles || undefined,
      verify: spec?.verify,
    },
  }
}

/** What others may set beside us does not count: suspension, labels and annotations of their own. */
function isInSync(live: KubeObject, desired: KubeObject): boolean {
  const { suspend: _, ...spec } = (live.spec ?? {}) as Record<string, unknown>
  const covers = (all: Record<string, string> | undefined, some: Record<string, string> | undefined) =>
    Object.entries(some ?? {}).every(([key, value]) => all?.[key] === value)
  return (
    !live.metadata.deletionTimestamp &&
    equal(spec, desired.spec) &&
    covers(live.metadata.labels, desired.metadata.labels) &&
    covers(live.metadata.annotations, desired.metadata.annotations)
  )
}
