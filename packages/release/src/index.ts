/** Helm releases on a cluster: their records, and the actions that make, change and remove them. */
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
export { install } from './action/install.ts'
export type { JsonPatchOperation, ObjectChange } from './action/object-change.ts'
export { ReleaseError, type ReleaseErrorOptions, type ReleaseFailure } from './action/release-error.ts'
export { rollback } from './action/rollback.ts'
export { runTests } from './action/run-tests.ts'
export { uninstall } from './action/uninstall.ts'
export { isLocked, type UnlockOptions, unlock } from './action/unlock.ts'
export { upgrade } from './action/upgrade.ts'
export {
  managedByLabel,
  ownershipFault,
  releaseNameAnnotation,
  releaseNamespaceAnnotation,
} from './cluster/ownership.ts'
export type { CompareOptions } from './drift/compare-live.ts'
export { type Correction, type Corrections, correctDrift, type Drift, detectDrift } from './drift/detect-drift.ts'
export { planUpgrade, type UpgradePlan } from './drift/plan-upgrade.ts'
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
export { type ClusterWaiter, type ClusterWaiterOptions, clusterWaiter } from './wait/cluster-waiter.ts'
export type { HealthRule, HookWaitOptions, ReadyOptions, Waiter, WaitOptions, WaitStrategy } from './wait/waiter.ts'
