/**
 * What the fleet service and a cluster's agent say to each other, defined once for both ends.
 *
 * Everything is outbound from the cluster. The agent authenticates every request with `Authorization: Bearer <JWT>`
 * that it signs with the cluster's own key pair: `iss` and `sub` are the connected cluster's resource id, `aud` is
 * `sluice-agent`, `exp` at most five minutes away, `jti` fresh. The public key was registered as
 * `properties.agentPublicKeyCertificate` of the connected cluster.
 *
 *   GET  /agent/v1/desired?cursor=C   one NDJSON stream of {@link DesiredEvent}; `&once=true` ends it after `synced` (polling)
 *   POST /agent/v1/status             {@link StatusBatch}; 200 `{ accepted: number }`
 *   POST /agent/v1/heartbeat          {@link Heartbeat}; 200 `{ serverTime }`
 *
 * Errors have ARM's shape `{ error: { code, message } }`: 401 for a token that does not prove the cluster (wrong key,
 * clock, a `jti` used before: sign a new one), 404 `ClusterNotFound` when the cluster is not connected (any more).
 *
 * Protected settings travel once. An item that carries `configurationProtectedSettings` carries the complete set: it
 * replaces what the cluster holds, and an empty object removes it. An item without the field leaves what the cluster
 * holds alone. Secret fields of a source block travel in the same map under their dotted path
 * (`azureBlob.accountKey`).
 *
 * A cursor is opaque. One the service does not know (its store is new, the cluster was connected anew) means from the
 * beginning.
 */

/** A cluster extension (`Microsoft.KubernetesConfiguration/extensions`) as the cluster shall have it. */
export interface DesiredExtension {
  type: 'extension'
  /** ARM resource id, lower case: the key of the item. */
  id: string
  name: string
  /** Grows with every accepted write; a status that names an older one is ignored. */
  generation: number
  operationId: string
  extensionType: string
  /** Empty: the newest this build has. */
  version: string
  releaseNamespace: string
  configurationSettings: Record<string, string>
  /** Present until the cluster has acknowledged this generation (`protectedSettingsStored`), absent afterwards. */
  configurationProtectedSettings?: Record<string, string>
  /** The cluster shall remove it and report `provisioningState: 'Deleted'`. */
  deleting: boolean
}

/**
 * A `fluxConfigurations` resource as the cluster shall have it; `properties` in ARM's shape, without read-only
 * fields.
 */
export interface DesiredFluxConfiguration {
  type: 'fluxConfiguration'
  id: string
  name: string
  namespace: string
  generation: number
  operationId: string
  correlationId: string
  properties: Record<string, unknown>
  configurationProtectedSettings?: Record<string, string>
  deleting: boolean
  /** With `deleting`: drop the FluxConfig without waiting for its objects to be pruned. */
  forceDelete: boolean
}

export type DesiredItem = DesiredExtension | DesiredFluxConfiguration

export type DesiredEvent =
  /** One item, new or changed. On connection every item newer than the cursor is sent first. */
  | { event: 'item'; item: DesiredItem; cursor: string }
  /**
   * All items up to here were sent; `ids` are all that exist. What the agent holds beyond them is gone, unless the
   * `incarnation` is another than the one it last synced with: then the service's record of this cluster is new, or was
   * set back from a backup, and says nothing about what ran before. The agent leaves that running.
   */
  | { event: 'synced'; ids: string[]; cursor: string; incarnation: string }
  /** An item's row was removed (its deletion was acknowledged, or it was force-deleted). */
  | { event: 'removed'; id: string; cursor: string }
  /** Sent every 15 s, so that a dead connection is noticed. */
  | { event: 'ping' }

/** `statuses[]` entry of a flux configuration (ObjectStatusDefinition). */
export interface ObjectStatus {
  name: string
  namespace: string
  kind: string
  complianceState: ComplianceState
  appliedBy: { name: string; namespace: string } | null
  statusConditions: { lastTransitionTime: string; message: string; reason: string; status: string; type: string }[]
  helmReleaseProperties: Record<string, unknown> | null
}

export type ComplianceState = 'Compliant' | 'Non-Compliant' | 'Pending' | 'Suspended' | 'Unknown'

export interface StatusReport {
  id: string
  /** The generation of the desired item this status was seen at. */
  generation: number
  /** `Deleted` acknowledges a deletion: the service then drops its row. `Updating` says the work has begun. */
  provisioningState: 'Updating' | 'Succeeded' | 'Failed' | 'Deleted'
  /** The cluster holds the protected settings of this generation: the service forgets them. */
  protectedSettingsStored?: boolean
  errorMessage?: string
  fluxConfiguration?: {
    complianceState: ComplianceState
    sourceSyncedCommitId?: string
    sourceUpdatedAt?: string
    repositoryPublicKey?: string
    statuses: ObjectStatus[]
  }
  extension?: {
    currentVersion?: string
    statuses: { code: string; displayStatus?: string; level?: string; message?: string; time?: string }[]
  }
}

export interface StatusBatch {
  reports: StatusReport[]
}

export interface Heartbeat {
  agentVersion: string
  kubernetesVersion: string
  totalNodeCount: number
  totalCoreCount: number
  distribution: string
}
