/** The words of the system: every custom resource, every REST resource, and the shapes all objects share. */
export type * from './agent-protocol.ts'
export { type FluxConfig, fluxConfig } from './clusterconfig/flux-config.ts'
export type { FluxConfigStatus } from './clusterconfig/flux-config-status.ts'
export { type CrdOptions, type CustomResourceDefinition, crd, objectSchema } from './crd.ts'
export {
  apiVersionOf,
  isKind,
  type KindDefinition,
  type KindVersion,
  type PrinterColumn,
  type Resource,
} from './kind.ts'
export { allCrds, kinds } from './kinds.ts'
export { type Kustomization, kustomization } from './kustomize/kustomization.ts'
export type { Artifact } from './meta/artifact.ts'
export type { HistoryEntry } from './meta/history.ts'
export type { InventoryEntry } from './meta/inventory.ts'
export * from './object.ts'
export type { JsonValue, Rule, Schema, SchemaNode, Static } from './schema/schema.ts'
export { type GitRepository, gitRepository } from './source/git-repository.ts'
export * from './well-known.ts'
