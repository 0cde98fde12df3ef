/** Flux's reconcilers, a folder a controller. */
export * from './kustomize/index.ts'
export * from './source/index.ts'
