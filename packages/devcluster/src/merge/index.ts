/**
 * How writes change objects: server-side apply and the managed fields of every other write, after structured-merge-diff, and the three kinds of
 * patch. Pure functions over plain JSON that share what does not change.
 */
export { applyServerSide } from './apply-server-side.ts'
export { ConflictError } from './conflict-error.ts'
export { jsonPatch } from './json-patch.ts'
export { MergeError } from './merge-error.ts'
export { mergePatch } from './merge-patch.ts'
export { strategicMerge } from './strategic-merge.ts'
export { trackUpdate } from './track-update.ts'
