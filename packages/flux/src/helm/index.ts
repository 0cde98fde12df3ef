/** The Helm controller, and what it knows of releases for who only wants to look. */
export { composeValues } from './compose-values.ts'
export { type PreviewOptions, previewRelease } from './preview-release.ts'
export { type HelmOptions, HelmReconciler } from './reconciler.ts'
export type { DigestAlgorithm } from './release-settings.ts'
