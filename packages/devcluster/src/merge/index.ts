/**
 * How writes change objects: server-side apply and the managed fields of every other write, after structured-merge-diff, and the three kinds of
 * patch. Pure functions over plain JSON that share what does not change.
 */
export { type ApplyServerSideOptions, applyServerSide } from './apply-server-side.ts'
export { type ConflictCause, ConflictError } from './conflict-error.ts'
export type { Fields } from './fields.ts'
export { jsonPatch } from './json-patch.ts'
export { MergeError } from './merge-error.ts'
export { mergePatch } from './merge-patch.ts'
export { strategicMerge } from './strategic-merge.ts'
export { type TrackOptions, trackUpdate } from './track-update.ts'
