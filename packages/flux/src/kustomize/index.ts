/** The kustomize controller's reconciler. */
export { ManifestBuilder, type ManifestBuilderOptions } from './manifest-builder.ts'
export { type KustomizeOptions, KustomizeReconciler } from './reconciler.ts'
export { RemoteBases } from './remote-bases.ts'
