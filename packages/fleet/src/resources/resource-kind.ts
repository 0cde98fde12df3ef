/**
 * What the two kinds of cluster-scoped resources (flux configurations, extensions) have in common for the machinery
 * that stores, delivers and shows them. A kind is pure: bodies in, bodies or problems out.
 */
import type { Json } from '../arm/field.ts'

/** A write as it will be stored. */
export interface AcceptedBody {
  /** Envelope parts besides `properties` (an extension's `identity`, `plan`). */
  envelope: Json
  properties: Json
  /** The complete new set of protected settings; absent when the write leaves them alone. */
  secrets?: Record<string, string>
}

export interface StoredBody {
  envelope: Json
  properties: Json
}

/** What the cluster reported last. */
export interface ReportedStatus {
  complianceState?: string
  sourceSyncedCommitId?: string
  sourceUpdatedAt?: string
  repositoryPublicKey?: string
  statuses?: unknown[]
  errorMessage?: string
  currentVersion?: string
}

export interface ShownState {
  provisioningState: string
  status: ReportedStatus
  statusUpdatedAt: string | null
  /** The cluster has reported on the generation that is desired now. */
  isCurrent: boolean
}

export interface ResourceKind {
  /** Last segment of the type, as shown in ids. */
  segment: 'fluxConfigurations' | 'extensions'
  typeKey: 'fluxconfigurations' | 'extensions'
  /** Full resource type. */
  type: string
  apiVersions: readonly string[]
  /** `Flux configuration`, as messages name it. */
  noun: string
  /** Throws ARM's 400. `stored` is what there is now; `state` its provisioningState. */
  acceptPut(
    name: string,
    body: unknown,
    apiVersion: string,
    stored: StoredBody | undefined,
    state: string,
  ): AcceptedBody
  acceptPatch(name: string, body: unknown, apiVersion: string, stored: StoredBody, state: string): AcceptedBody
  showProperties(body: StoredBody, state: ShownState, apiVersion: string): Json
  /** Code of the error that a failed operation carries. */
  failureCode: string
}
