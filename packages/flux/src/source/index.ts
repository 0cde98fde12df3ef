/** The source controller's reconcilers. */
export { type GitRepositoryOptions, GitRepositoryReconciler } from './git/repository-reconciler.ts'
