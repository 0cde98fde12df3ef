/** Flux's reconcilers, a folder a controller. */
export * from './helm/index.ts'
export * from './kustomize/index.ts'
export * from './source/index.ts'
