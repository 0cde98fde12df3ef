import {
  apiVersionOf,
  bucket,
  type ComplianceState,
  type Condition,
  conditionTypes,
  type FluxConfig,
  type FluxConfigStatus,
  gitRepository,
  helmChart,
  helmRelease,
  helmRepository,
  isKind,
  type KindDefinition,
  type KubeObject,
  type Kustomization,
  kustomization as kustomizationKind,
  ociRepository,
} from '@sluice/api'
import { aggregateCompliance, objectCompliance } from './compliance.ts'
import { sourceKindOf } from './source-object.ts'

/**
 * Gathers what the controllers say of the objects of one configuration, and of the Flux objects that those applied, into the
 * part of a FluxConfig's status that people and the fleet service read. Pure: the objects come in, the status comes out.
 */
export type ManagedStatuses = NonNullable<FluxConfigStatus['managedStatuses']>
type ManagedKustomization = NonNullable<ManagedStatuses['kustomizations']>[string]
type ChildStatuses = NonNullable<ManagedKustomization['childStatuses']>

export interface Gathered {
  managedStatuses: ManagedStatuses
  complianceState: ComplianceState
  /** Of the source's artifact. */
  revision?: string
  syncedAt?: string
  /** The first thing that is not as declared: `Kustomization ns/name: message`. */
  complaint?: string
}

export interface FluxChild {
  /** Key in `childStatuses`. */
  field: keyof ChildStatuses
  apiVersion: string
  kind: string
  namespace: string
  name: string
}

const fieldOf = (definition: KindDefinition, field: keyof ChildStatuses) =>
  [`${definition.group}/${definition.kind}`, { field, apiVersion: apiVersionOf(definition) }] as const

const childFields = new Map([
  fieldOf(bucket, 'bucket'),
  fieldOf(gitRepository, 'gitRepository'),
  fieldOf(helmChart, 'helmChart'),
  fieldOf(helmRepository, 'helmRepository'),
  fieldOf(ociRepository, 'ociRepository'),
  fieldOf(helmRelease, 'helmRelease'),
  fieldOf(kustomizationKind, 'kustomization'),
])

/**
 * The Flux objects in a Kustomization's inventory; Azure lists no others, so not the HelmChart that a HelmRelease had made. Ids
 * are `<namespace>_<name>_<group>_<kind>`. Whatever version they were applied in, they are read in the newest.
 */
export function fluxChildren(object: Kustomization): FluxChild[] {
  return (object.status?.inventory?.entries ?? []).flatMap(({ id }) => {
    const [namespace = '', name = '', group = '', kind = ''] = id.split('_')
    const found = childFields.get(`${group}/${kind}`)
    return found ? [{ ...found, kind, namespace, name }] : []
  })
}

export function gatherStatuses(
  config: FluxConfig,
  source: KubeObject | undefined,
  kustomizations: readonly (KubeObject | undefined)[],
  childOf: (child: FluxChild) => KubeObject | undefined,
): Gathered {
  const { namespace = '', name } = config.metadata
  const sourceKind = sourceKindOf(config)
  const managedStatuses: ManagedStatuses = { kustomizations: {} }
  const states: ComplianceState[] = []
  const complaints: string[] = []
  const note = (kind: string, object: string, status: { complianceState?: ComplianceState; message?: string }) => {
    states.push(status.complianceState ?? 'Unknown')
    if (status.complianceState === 'Non-Compliant') complaints.push(`${kind} ${object}: ${status.message}`)
  }

  const artifact = artifactOf(source)
  const sourceStatus = statusOf(source)
  note(sourceKind, `${namespace}/${name}`, sourceStatus)
  const field = ({ GitRepository: 'gitRepository', Bucket: 'bucket', OCIRepository: 'ociRepository' } as const)[
    sourceKind
  ]
  managedStatuses[field] = sourceStatus

  for (const [index, { name: short }] of (config.spec.kustomizations ?? []).entries()) {
    const object = kustomizations[index]
    const full = `${namespace}/${name}-${short}`
    const typed = object && isKind(kustomizationKind, object) ? object : undefined
    const status = kustomizationStatus(typed, artifact?.revision, childOf)
    note('Kustomization', full, status)
    for (const [kind, children] of Object.entries(status.childStatuses ?? {})) {
      for (const [child, one] of Object.entries(children ?? {})) note(kind, child, one)
    }
    managedStatuses.kustomizations = { ...managedStatuses.kustomizations, [full]: status }
  }
  return {
    managedStatuses,
    complianceState: aggregateCompliance(states, config.spec.suspend),
    revision: artifact?.revision,
    syncedAt: artifact?.lastUpdateTime,
    complaint: complaints[0],
  }
}

function kustomizationStatus(
  object: Kustomization | undefined,
  sourceRevision: string | undefined,
  childOf: (child: FluxChild) => KubeObject | undefined,
): ManagedKustomization {
  const status = statusOf(object)
  const applied = object?.status?.lastAppliedRevision
  // The source has moved on and this one has not followed yet.
  const behind = status.complianceState === 'Compliant' && sourceRevision !== undefined && applied !== sourceRevision
  const childStatuses: ChildStatuses = {}
  for (const child of object ? fluxChildren(object) : []) {
    const found = childOf(child)
    const one = { ...statusOf(found), ...helmProperties(child, found) }
    childStatuses[child.field] ??= {}
    Object.assign(childStatuses[child.field] ?? {}, { [`${child.namespace}/${child.name}`]: one })
  }
  return {
    ...status,
    ...(behind && { complianceState: 'Pending', message: `Revision ${sourceRevision} is not applied yet` }),
    ...(applied !== undefined && { lastAppliedRevision: applied }),
    objectCount: object?.status?.inventory?.entries.length ?? 0,
    ...(Object.keys(childStatuses).length > 0 && { childStatuses }),
  }
}

interface ObjectStatus {
  complianceState: ComplianceState
  message: string
  conditions: Condition[]
}

function statusOf(object: KubeObject | undefined): ObjectStatus {
  if (!object) return { complianceState: 'Pending', message: 'Resource does not exist yet', conditions: [] }
  const status = recordOf(object.status)
  const conditions = (Array.isArray(status.conditions) ? status.conditions : []) as Condition[]
  const { observedGeneration } = status
  const complianceState = objectCompliance({
    generation: object.metadata.generation,
    suspended: recordOf(object.spec).suspend === true,
    conditions,
    observedGeneration: typeof observedGeneration === 'number' ? observedGeneration : undefined,
  })
  return { complianceState, message: messageOf(complianceState, conditions), conditions }
}

function messageOf(state: ComplianceState, conditions: readonly Condition[]): string {
  if (state === 'Compliant') return 'Resource is Ready'
  if (state === 'Suspended') return 'Resource is suspended'
  const ready = conditions.find(c => c.type === conditionTypes.ready)
  return ready?.message || 'Resource has not been reconciled yet'
}

/** What Azure repeats of a HelmRelease: its chart, its release, how often it failed. */
function helmProperties(child: FluxChild, object: KubeObject | undefined): Record<string, unknown> | undefined {
  if (child.field !== 'helmRelease' || !object) return undefined
  const status = recordOf(object.status)
  const latest = recordOf(Array.isArray(status.history) ? status.history[0] : undefined)
  const chart = status.helmChart ?? referredChart(object)
  return {
    helmReleaseProperties: {
      ...(typeof chart === 'string' && { helmChart: chart }),
      ...(typeof latest.version === 'number' && { lastReleaseRevision: latest.version }),
      failureCount: numberOf(status.failures),
      installFailureCount: numberOf(status.installFailures),
      upgradeFailureCount: numberOf(status.upgradeFailures),
    },
  }
}

/** The HelmChart that `spec.chartRef` names, `<namespace>/<name>`. */
function referredChart(object: KubeObject): string | undefined {
  const { kind, name, namespace = object.metadata.namespace } = recordOf(recordOf(object.spec).chartRef)
  return kind === helmChart.kind ? `${namespace}/${name}` : undefined
}

function artifactOf(source: KubeObject | undefined): { revision: string; lastUpdateTime?: string } | undefined {
  const { revision, lastUpdateTime } = recordOf(recordOf(source?.status).artifact)
  if (typeof revision !== 'string') return undefined
  return { revision, ...(typeof lastUpdateTime === 'string' && { lastUpdateTime }) }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)
