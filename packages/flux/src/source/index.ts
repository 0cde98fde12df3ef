/** The source controller's reconcilers. */
export { type GitRepositoryOptions, GitRepositoryReconciler } from './git/repository-reconciler.ts'
export { addSourceController, type SourceController, type SourceControllerOptions } from './source-controller.ts'
