/** How the system is: what the service says of clusters and configurations, with what only the clusters know (the objects applied). */
import { apiVersionOf, kustomization, labels } from '@sluice/api'
import type { KubeClient } from '@sluice/kube'
import { readyOf, statusOf } from '../cluster/flux-object.ts'
import { at, isJson, type Json } from '../fleet-client.ts'
import type { DesiredConfiguration } from './desired-configurations.ts'

export interface UnreadyObject {
  kind: string
  namespace: string
  name: string
  message: string
}

export interface KustomizationReport {
  name: string
  ready: boolean
  revision: string
  objects: number
  message: string
}

export interface ConfigurationReport {
  name: string
  cluster: string
  scope: string
  namespace: string
  complianceState: string
  provisioningState: string
  revision: string
  kustomizations: KustomizationReport[]
  objects: number
  /** From the start of `sluice up` until it was compliant at the current commit; null while it is not. */
  seconds: number | null
  unready: UnreadyObject[]
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])

const isWaiting = ({ message }: UnreadyObject): boolean => /^dependency '.*' is not ready|^is Pending/.test(message)

/** What stands in the way: objects that are not compliant, and the error of the configuration itself. */
function unreadyOf(resource: Json): UnreadyObject[] {
  const name = text(resource.name)
  const namespace = text(at(resource, 'properties.namespace'))
  const statuses = list(at(resource, 'properties.statuses'))
  const failed = (status: Json): boolean => status.complianceState === 'Non-Compliant'
  const objects = statuses
    .filter(status => status.complianceState !== 'Compliant')
    // What has failed is the reason; what waits for it, or for something else, is not.
    .sort((a, b) => Number(failed(b)) - Number(failed(a)))
    .map(status => {
      const ready = list(status.statusConditions).find(condition => condition.type === 'Ready')
      return {
        kind: text(status.kind),
        namespace: text(status.namespace),
        name: text(status.name),
        message: text(ready?.message) || `is ${text(status.complianceState)}`,
      }
    })
  objects.sort((a, b) => Number(isWaiting(a)) - Number(isWaiting(b)))
  const error = text(at(resource, 'properties.errorMessage'))
  const own = { kind: 'FluxConfig', namespace, name }
  if (error) objects.unshift({ ...own, message: error })
  else if (statuses.length === 0) objects.push({ ...own, message: 'the cluster has not reported yet' })
  return objects
}

/** A configuration as the service shows it. */
export function configurationReport(cluster: string, resource: Json): ConfigurationReport {
  const properties = (key: string): string => text(at(resource, `properties.${key}`))
  const complianceState = properties('complianceState') || 'Unknown'
  return {
    name: text(resource.name),
    cluster,
    scope: properties('scope'),
    namespace: properties('namespace'),
    complianceState,
    provisioningState: properties('provisioningState'),
    revision: properties('sourceSyncedCommitId'),
    kustomizations: [],
    objects: 0,
    seconds: null,
    unready: complianceState === 'Compliant' ? [] : unreadyOf(resource),
  }
}

/** A configuration of which the service has not told anything yet. */
export function unknownReport({ cluster, name, properties }: DesiredConfiguration): ConfigurationReport {
  const { scope, namespace } = properties
  return {
    name,
    cluster,
    scope,
    namespace,
    complianceState: 'Unknown',
    provisioningState: '',
    revision: '',
    kustomizations: [],
    objects: 0,
    seconds: null,
    unready: [{ kind: 'FluxConfig', namespace, name, message: 'the fleet service has not answered yet' }],
  }
}

/** The same with its kustomizations as they are in the cluster. */
export async function withKustomizations(
  report: ConfigurationReport,
  client: KubeClient,
): Promise<ConfigurationReport> {
  const kind = { apiVersion: apiVersionOf(kustomization), kind: kustomization.kind }
  const labelSelector = `${labels.fluxConfigName}=${report.name}`
  const { items } = await client.list(kind, { namespace: report.namespace, labelSelector })
  const kustomizations = items.map(item => ({
    name: item.metadata.name,
    ready: readyOf(item)?.status === 'True',
    revision: statusOf(item).lastAppliedRevision ?? '',
    objects: statusOf(item).inventory?.entries?.length ?? 0,
    message: readyOf(item)?.message ?? '',
  }))
  const objects = kustomizations.reduce((sum, { objects }) => sum + objects, 0)
  return { ...report, kustomizations, objects }
}

/** Compliant, and at this commit when one is known. */
export const isSettled = (report: ConfigurationReport, head: string | undefined): boolean =>
  report.complianceState === 'Compliant' && (head === undefined || report.revision.includes(head))
