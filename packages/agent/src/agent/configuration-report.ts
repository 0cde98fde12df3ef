import type { FluxConfig, FluxConfigStatus, ObjectStatus, StatusReport } from '@sluice/api'
import { sourceKindOf } from '../fluxconfig/source-object.ts'
import { holdsProtectedSettings, markedResource } from './resource-marks.ts'

/** What the service is told of a FluxConfig, in ARM's words. Pure. `undefined` for one that the service did not make. */
export function configurationReport(config: FluxConfig): StatusReport | undefined {
  const resource = markedResource(config)
  if (!resource) return undefined
  const status = config.status ?? {}
  const { namespace = '', name } = config.metadata
  return {
    ...resource,
    provisioningState: provisioningState(config),
    ...(holdsProtectedSettings(config, resource.generation) && { protectedSettingsStored: true }),
    errorMessage: isSeen(config) ? (status.errorMessage ?? '') : '',
    fluxConfiguration: {
      complianceState: isSeen(config) ? (status.complianceState ?? 'Unknown') : 'Pending',
      ...(status.lastSyncedCommit && { sourceSyncedCommitId: status.lastSyncedCommit }),
      ...(status.lastSourceSyncedTime && { sourceUpdatedAt: status.lastSourceSyncedTime }),
      ...(status.repositoryPublicKey && { repositoryPublicKey: status.repositoryPublicKey }),
      statuses: objectStatuses(sourceKindOf(config), namespace, name, status),
    },
  }
}

const isSeen = ({ metadata, status }: FluxConfig): boolean => status?.observedGeneration === metadata.generation

function provisioningState(config: FluxConfig): StatusReport['provisioningState'] {
  if (config.metadata.deletionTimestamp || !isSeen(config)) return 'Updating'
  switch (config.status?.provisioningState) {
    case 'Succeeded':
      return 'Succeeded'
    case 'Failed':
    case 'Canceled':
      return 'Failed'
    default:
      return 'Updating'
  }
}

type Managed = NonNullable<FluxConfigStatus['managedStatuses']>
interface Told {
  complianceState?: ObjectStatus['complianceState']
  conditions?: { type: string; status: string; reason: string; message: string; lastTransitionTime: string }[]
}

/** In the order they are listed. */
const childKinds = {
  bucket: 'Bucket',
  gitRepository: 'GitRepository',
  ociRepository: 'OCIRepository',
  helmRepository: 'HelmRepository',
  helmRelease: 'HelmRelease',
  helmChart: 'HelmChart',
  kustomization: 'Kustomization',
} as const

/** The source, then each Kustomization followed by the Flux objects that it applied, each by name: Azure's order. */
function objectStatuses(sourceKind: string, namespace: string, name: string, status: FluxConfigStatus): ObjectStatus[] {
  const managed: Managed = status.managedStatuses ?? {}
  const source = managed.gitRepository ?? managed.bucket ?? managed.ociRepository
  const told: ObjectStatus[] = source ? [objectStatus(`${namespace}/${name}`, sourceKind, source, null)] : []
  for (const [key, one] of byName(managed.kustomizations ?? {})) {
    told.push(objectStatus(key, 'Kustomization', one, null))
    const appliedBy = nameOf(key)
    for (const [field, kind] of Object.entries(childKinds)) {
      const children = Object.entries(one.childStatuses ?? {}).find(([key]) => key === field)?.[1] ?? {}
      for (const [child, its] of byName<Told>(children)) told.push(objectStatus(child, kind, its, appliedBy))
    }
  }
  return told
}

/** A map of a status comes back from the API server in any order. */
const byName = <T>(objects: Record<string, T>): [string, T][] =>
  Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1))

function objectStatus(key: string, kind: string, told: Told, appliedBy: ObjectStatus['appliedBy']): ObjectStatus {
  return {
    ...nameOf(key),
    kind,
    complianceState: told.complianceState ?? 'Unknown',
    appliedBy,
    statusConditions: (told.conditions ?? []).map(({ lastTransitionTime, message, reason, status, type }) => ({
      lastTransitionTime,
      message,
      reason,
      status,
      type,
    })),
    helmReleaseProperties: helmProperties(told),
  }
}

function helmProperties(
  told: Told & { helmReleaseProperties?: Record<string, unknown> },
): Record<string, unknown> | null {
  if (!told.helmReleaseProperties) return null
  const { helmChart, lastReleaseRevision, ...counts } = told.helmReleaseProperties
  return {
    lastRevisionApplied: lastReleaseRevision ?? null,
    helmChartRef: typeof helmChart === 'string' ? nameOf(helmChart) : null,
    ...counts,
  }
}

function nameOf(key: string): { name: string; namespace: string } {
  const slash = key.indexOf('/')
  return { name: key.slice(slash + 1), namespace: key.slice(0, slash) }
}
