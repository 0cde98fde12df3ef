/**
 * Helm releases on a cluster: their records, and the actions that make, change and remove them.
 *
 * An action is a function of one options object (`ActionOptions` and what the action adds). It answers the record it
 * wrote last, or throws a `ReleaseError` with Helm's own text, the kind of failure, and the record as far as one was
 * written. What works on the cluster runs inside of a `Slot`, what waits for the cluster outside of one.
 */
export type {
  ActionOptions,
  ApplyOptions,
  InstallOptions,
  PostRender,
  PostRenderDocument,
  PostRenderStrategy,
  RenderInputs,
  RollbackOptions,
  Slot,
  TestOptions,
  UninstallOptions,
  UninstallResult,
  UpgradeOptions,
  WaitChoice,
} from './action/action-options.ts'
/** The actions of the helm command. */
export { install } from './action/install.ts'
/**
 * What stands between cluster and release: drift of a recorded one, and what an upgrade would change. Nothing here
 * writes but the correction.
 */
export type { JsonPatchOperation, ObjectChange } from './action/object-change.ts'
export { ReleaseError, type ReleaseErrorOptions, type ReleaseFailure } from './action/release-error.ts'
export { rollback } from './action/rollback.ts'
export { runTests } from './action/run-tests.ts'
export { uninstall } from './action/uninstall.ts'

/** Repair of what an action left that broke off. */
export { isLocked, type UnlockOptions, unlock } from './action/unlock.ts'
export { upgrade } from './action/upgrade.ts'
/** A cluster as templates see it, and what an installation would be refused for: without a release. */
export { type CheckManifestOptions, checkManifest } from './cluster/check-manifest.ts'
/** To whom an object belongs. */
export {
  managedByLabel,
  ownershipFault,
  releaseNameAnnotation,
  releaseNamespaceAnnotation,
} from './cluster/ownership.ts'
export type { CompareOptions } from './drift/compare-live.ts'
export { type Correction, type Corrections, correctDrift, type Drift, detectDrift } from './drift/detect-drift.ts'
export { planUpgrade, type UpgradePlan } from './drift/plan-upgrade.ts'
/** Records, and where they lie. */
export { configMapStorage, type StorageOptions, secretStorage } from './record/object-storage.ts'
export {
  type ApplyMethod,
  type HookExecution,
  type HookPhase,
  isPending,
  type RecordedChart,
  type RecordedFile,
  type RecordedHook,
  type RecordedMetadata,
  type ReleaseInfo,
  type ReleaseRecord,
  type ReleaseStatus,
} from './record/release-record.ts'
export type { CreateOptions, ReleaseStorage } from './record/release-storage.ts'
export { clusterFacts } from './render/cluster-facts.ts'
export { clusterLookup } from './render/cluster-lookup.ts'
/** Waiting by watch events; one waiter serves all releases of a cluster and identity. */
export { type ClusterWaiter, type ClusterWaiterOptions, clusterWaiter } from './wait/cluster-waiter.ts'
export type { HealthRule, HookWaitOptions, ReadyOptions, Waiter, WaitOptions, WaitStrategy } from './wait/waiter.ts'
