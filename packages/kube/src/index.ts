/** The client's side of a Kubernetes API: access, discovery, requests, watch caches, server-side apply, health. */
export { ApiError, ConnectionError, isConflict, isNotFound } from './api-error.ts'
export { overridePatch } from './apply/adopt-patch.ts'
export { type ApplyError, dryRunError } from './apply/apply-error.ts'
export { type Applied, type ApplyAction, type ApplyOptions, applyObjects, StageError } from './apply/apply-objects.ts'
export { unionOfEntries } from './apply/field-sets.ts'
export { type IgnoredPaths, type IgnoreRule, ignoredPaths } from './apply/ignore-rules.ts'
export { withoutIgnored, withoutIgnored as withoutPaths } from './apply/ignored-fields.ts'
export { inParallel } from './apply/in-parallel.ts'
export {
  formatRef,
  groupKindKey,
  type InventoryEntry,
  inventoryEntry,
  parseInventoryEntry,
  refOf,
} from './apply/object-id.ts'
export { compareForApply, STAGES, type Stage, stageOf } from './apply/order.ts'
export { type Pruned, pruneObjects } from './apply/prune-objects.ts'
export { ObjectTracker, type Tracked } from './apply/tracker.ts'
export {
  type DeleteOptions,
  type KindRef,
  KubeClient,
  type ListOptions,
  type Page,
  type PatchType,
  type ServerVersion,
  serviceAccountUser,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from './client.ts'
export { apiVersionOf, Discovery, NoMatchError, type ResourceInfo, resourcePath, sameGroupKind } from './discovery.ts'
export { type Health, type HealthStatus, healthOf } from './health/kstatus.ts'
export { type Change, Informer, type InformerOptions, isNewer, keyOf } from './informer.ts'
export {
  accessFromFile,
  accessFromKubeconfig,
  type ClusterAccess,
  defaultAccess,
} from './kubeconfig.ts'
export { KubeconfigError } from './kubeconfig-error.ts'
export { type LabelMatcher, LabelSelectorError, labelMatcher } from './label-selector.ts'
export { type Impersonation, Transport } from './transport.ts'
