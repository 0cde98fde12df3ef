/** What the caller hands to an action. */
import type { CapabilityOptions, Chart, HelmVersion, ResolveHost, Table } from '@sluice/helm'
import type { KubeClient } from '@sluice/kube'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { ReleaseStorage } from '../record/release-storage.ts'
import type { HealthRule, Waiter, WaitStrategy } from '../wait/waiter.ts'

/** Runs a job when there is room for it. What works on the cluster runs inside, what waits for the cluster outside. */
export type Slot = <T>(job: () => Promise<T>) => Promise<T>

/** What all actions need. */
export interface ActionOptions {
  client: KubeClient
  storage: ReleaseStorage
  /** Field manager, such as `helm-controller`; `helm` for the command's own. */
  manager: string
  /** Name of the release. */
  name: string
  /** Namespace of the release: of objects that name none. */
  namespace: string
  /** Milliseconds that hooks and waits may take, each; 5 minutes when not given. */
  timeoutMs?: number
  /** Ends the action; what it has written is marked as failed. */
  signal?: AbortSignal
  waiter: Waiter
  /** How objects stand by rules of the caller's own, before those of the watcher. */
  health?: HealthRule
  slot?: Slot
  /** Lines that Helm logs on its way. */
  log?: (line: string) => void
  /** Told of each write of a record, right after it. */
  onRecord?: (record: ReleaseRecord) => void
  /** Told what containers of hooks wrote, of hooks that ask for it. */
  onHookLog?: (from: { namespace: string; pod: string; container: string }, text: string) => void
  /** Milliseconds since the epoch. */
  now?: () => number
  /** What the storage held just now (as {@link ReleaseStorage.history} answers): saves asking again. */
  history?: readonly ReleaseRecord[]
  disableHooks?: boolean
}

export interface PostRenderDocument {
  /** Path of the template that rendered it. */
  path: string
  text: string
}

/** `combined`: hooks and manifests in one call; `separate`: hooks, then manifests; `nohooks`: manifests only. */
export type PostRenderStrategy = 'combined' | 'separate' | 'nohooks'

export interface PostRender {
  strategy: PostRenderStrategy
  /** Documents come back in the order in which they go on; a path that nobody gave is made up as Helm does. */
  render: (documents: readonly PostRenderDocument[]) => Promise<readonly PostRenderDocument[]>
}

/** How objects get onto the cluster. */
export interface ApplyOptions {
  /** Server-side apply takes fields over from other managers. Flux: true. Helm: only with --force-conflicts. */
  forceConflicts?: boolean
  /** Objects are replaced instead of patched. Only without server-side apply. */
  forceReplace?: boolean
  /** Objects that belong to nobody or somebody else are made part of the release. Flux: true. */
  takeOwnership?: boolean
}

export interface WaitChoice {
  strategy?: WaitStrategy
  /** Default: true for the watcher, false for `legacy`. */
  waitForJobs?: boolean
}

export interface RenderInputs {
  chart: Chart
  /** The user's values. */
  values: Table
  postRender?: PostRender
  /** Without: as discovery of the cluster says. */
  capabilities?: CapabilityOptions
  /** Looks hosts up for `getHostByName`; without it no host has an address. */
  resolveHost?: ResolveHost
  /** Instead of Helm's own words in the record. */
  description?: string
  /** Labels of the object that holds the record. */
  labels?: Record<string, string>
  disableOpenApiValidation?: boolean
  disableSchemaValidation?: boolean
  /** Definitions of crds/ are left alone. Flux: true, it has a policy of its own. */
  skipCrds?: boolean
  /** Everything is rendered, checked against the cluster, and nothing is written. */
  dryRun?: boolean
  /** Notes of subcharts too. */
  subNotes?: boolean
  /** Whose rules count where versions of Helm render differently; `4.2` (that of Flux 2.9) when not given. */
  helmVersion?: HelmVersion
}

export interface InstallOptions extends ActionOptions, RenderInputs, ApplyOptions, WaitChoice {
  /** Default true. */
  serverSideApply?: boolean
  createNamespace?: boolean
  /** A name that a failed or uninstalled release has is taken over. */
  replace?: boolean
  /** A failed installation is taken off again (helm's --rollback-on-failure). */
  rollbackOnFailure?: boolean
}

export interface UpgradeOptions extends ActionOptions, RenderInputs, ApplyOptions, WaitChoice {
  /** `auto` (default): as the release before was applied. */
  serverSideApply?: boolean | 'auto'
  /** Revisions kept; 0 or not given: all. */
  maxHistory?: number
  /**
   * `reset` (default): the chart's values, then `values`. `reuse`: the release's values before those.
   * `resetThenReuse`: the new chart's values, then the release's, then `values`. `keep` (default of the helm
   * command): the release's when `values` is empty.
   */
  valuesFrom?: 'reset' | 'reuse' | 'resetThenReuse' | 'keep'
  /** Objects that this upgrade made are deleted when it fails. */
  cleanupOnFail?: boolean
  /** A failed upgrade is rolled back (helm's --rollback-on-failure). */
  rollbackOnFailure?: boolean
}

export interface RollbackOptions extends ActionOptions, ApplyOptions, WaitChoice {
  /** The revision to go back to; 0 or not given: the one before the newest. */
  version?: number
  /** `auto` (default): as the revision gone back to was applied. */
  serverSideApply?: boolean | 'auto'
  maxHistory?: number
  cleanupOnFail?: boolean
  dryRun?: boolean
}

export interface UninstallOptions extends ActionOptions {
  keepHistory?: boolean
  description?: string
  /** Of dependents of the objects; default `background`. */
  deletionPropagation?: 'background' | 'foreground' | 'orphan'
  /** `hookOnly` (default of Helm): objects are not waited for. Any other: until they are gone. */
  strategy?: WaitStrategy
  /** A release that is not there is no failure (helm's --ignore-not-found). */
  ignoreNotFound?: boolean
  dryRun?: boolean
}

export interface UninstallResult {
  /** The newest revision as it was last written or removed; undefined for a release that was not there. */
  record: ReleaseRecord | undefined
  /** What `helm.sh/resource-policy: keep` left on the cluster, and other words to the user. */
  info: string
}

export interface TestOptions extends ActionOptions {
  /** Names of hooks to run; all without. */
  include?: readonly string[]
  exclude?: readonly string[]
}
