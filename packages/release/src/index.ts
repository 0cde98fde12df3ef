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
export type { JsonPatchOperation, ObjectChange } from './action/object-change.ts'
export { ReleaseError, type ReleaseErrorOptions, type ReleaseFailure } from './action/release-error.ts'
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
export type { ReadyOptions, Waiter, WaitOptions, WaitStrategy } from './wait/waiter.ts'
