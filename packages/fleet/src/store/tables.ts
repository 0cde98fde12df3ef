/**
 * The store's tables as types. Only text and integers, so that the same queries run on SQLite and PostgreSQL; times
 * are ISO 8601 UTC with milliseconds (they sort as text), booleans 0 or 1. Everything below a cluster is keyed by the
 * cluster's id, so that rows can be distributed. Columns that end in `sealed` hold ciphertext (see sealed-box.ts).
 */
import type { Generated } from 'kysely'

interface SystemDataColumns {
  created_by: string
  created_by_type: string
  created_at: string
  modified_by: string
  modified_by_type: string
  modified_at: string
}

export interface SettingsTable {
  name: string
  value_sealed: string
}

export interface DataKeysTable {
  id: string
  /** The data key, encrypted under a wrapping key of the key file. */
  wrapped: string
  wrapping_key_id: string
  created_at: string
}

export interface UsersTable {
  name: string
  object_id: string
  role: string
  secret_hash: string
  created_at: string
}

export interface SubscriptionsTable {
  subscription_key: string
  subscription_id: string
  display_name: string
  created_at: string
}

export interface ResourceGroupsTable extends SystemDataColumns {
  subscription_key: string
  name_key: string
  name: string
  body_sealed: string
}

export interface ClustersTable extends SystemDataColumns {
  /** ARM id in lower case. */
  cluster_id: string
  id: string
  subscription_key: string
  group_key: string
  /** `connectedclusters` or `managedclusters`. */
  type_key: string
  name: string
  /** New with each connection, so that a cursor of an earlier life is recognised. */
  incarnation: string
  /** Counts the changes of desired state; the stream's cursor. */
  change_seq: Generated<number>
  body_sealed: string
  etag: string
  public_key: string
  last_heartbeat_at: string | null
  heartbeat_sealed: string | null
}

export interface ResourcesTable extends SystemDataColumns {
  cluster_id: string
  /** `extensions` or `fluxconfigurations`. */
  type_key: string
  name_key: string
  name: string
  id: string
  generation: number
  change_seq: number
  operation_id: string
  correlation_id: string
  provisioning_state: string
  /** The last generation the cluster reported on; 0 before the first report. */
  reported_generation: number
  deleting: number
  /** The change waited too long for its cluster: it is no longer delivered. */
  expired: number
  etag: string
  body_sealed: string
  status_sealed: string | null
  status_updated_at: string | null
  protected_sealed: string | null
  protected_generation: number
  protected_at: string | null
}

export interface RemovalsTable {
  cluster_id: string
  change_seq: number
  resource_id: string
  removed_at: string
}

export interface OperationsTable {
  cluster_id: string
  operation_id: string
  resource_id: string
  type_key: string
  name_key: string
  status: string
  error_sealed: string | null
  started_at: string
  ended_at: string | null
}

export interface Tables {
  settings: SettingsTable
  data_keys: DataKeysTable
  users: UsersTable
  subscriptions: SubscriptionsTable
  resource_groups: ResourceGroupsTable
  clusters: ClustersTable
  resources: ResourcesTable
  removals: RemovalsTable
  operations: OperationsTable
}
