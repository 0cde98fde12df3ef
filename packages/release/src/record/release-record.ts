/**
 * A release as Helm 4 stores it (helm pkg/release/v1 and pkg/chart/v2): the fields, their names and their order are
 * those of the stored JSON. Only `labels` are not part of it: they lie on the Secret or ConfigMap that holds the
 * record.
 */
import type { HookEvent, Table } from '@sluice/helm'

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'

/**
 * `ssa`: applied on the server; `csa`: compared and patched by the client. A record without it is of the second kind.
 */
export type ApplyMethod = 'ssa' | 'csa'

/** Times are RFC 3339 with up to nine digits of a second; one that is not set is missing. */
export interface ReleaseInfo {
  first_deployed?: string
  last_deployed?: string
  deleted?: string
  description?: string
  status?: ReleaseStatus
  /** What NOTES.txt rendered to. */
  notes?: string
}

export type HookPhase = 'Unknown' | 'Running' | 'Succeeded' | 'Failed'

export interface HookExecution {
  started_at?: string
  completed_at?: string
  phase: HookPhase | ''
}

export interface RecordedHook {
  name?: string
  kind?: string
  /** Path of its template, from the chart's name on. */
  path?: string
  manifest?: string
  events?: HookEvent[]
  last_run: HookExecution
  weight?: number
  delete_policies?: string[]
  output_log_policies?: string[]
}

export interface RecordedFile {
  name: string
  /** Base64. */
  data: string
  modtime?: string
}

/** Metadata as in Chart.yaml, what is empty left out. */
export interface RecordedMetadata extends Table {
  name?: string
  version?: string
  apiVersion?: string
  appVersion?: string
}

/** The chart without its subcharts. */
export interface RecordedChart {
  metadata: RecordedMetadata | null
  lock: Table | null
  templates: RecordedFile[] | null
  values: Table | null
  /** Base64 of values.schema.json. */
  schema: string | null
  schemamodtime?: string
  files: RecordedFile[] | null
  modtime?: string
}

export interface ReleaseRecord {
  name: string
  info: ReleaseInfo
  chart: RecordedChart
  /** The values that the user gave. */
  config?: Table
  manifest: string
  hooks: RecordedHook[]
  /** 1 for the first revision. */
  version: number
  namespace: string
  apply_method?: ApplyMethod
  /**
   * The user's labels of the object that holds the record; Helm's own (`owner`, `name`, `status`, …) are not among
   * them.
   */
  labels?: Record<string, string>
}

/** An action was at work and did not say how it ended. */
export const isPending = (status: ReleaseStatus | undefined): boolean => status?.startsWith('pending-') ?? false
