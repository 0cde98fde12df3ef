/** The words of the system: every custom resource, every REST resource, and the shapes all objects share. */
export type * from './agent-protocol.ts'
export { type FluxConfig, fluxConfig } from './clusterconfig/flux-config.ts'
export type { FluxConfigStatus } from './clusterconfig/flux-config-status.ts'
export { type CrdOptions, type CustomResourceDefinition, crd, objectSchema } from './crd.ts'
export { type HelmRelease, helmRelease } from './helm/helm-release.ts'
export type { HelmReleaseSnapshot } from './helm/helm-release-status.ts'
export { type ImagePolicy, imagePolicy } from './image/image-policy.ts'
export { type ImageRepository, imageRepository } from './image/image-repository.ts'
export { type ImageUpdateAutomation, imageUpdateAutomation } from './image/image-update-automation.ts'
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
export { type Alert, alert } from './notification/alert.ts'
export { type Provider, provider } from './notification/provider.ts'
export { type Receiver, receiver } from './notification/receiver.ts'
export * from './object.ts'
export type { JsonValue, Rule, Schema, SchemaNode, Static } from './schema/schema.ts'
export { type Violation, violations } from './schema/violations.ts'
export { type ArtifactGenerator, artifactGenerator } from './source/artifact-generator.ts'
export { type Bucket, bucket } from './source/bucket.ts'
export { type ExternalArtifact, externalArtifact } from './source/external-artifact.ts'
export { type GitRepository, gitRepository } from './source/git-repository.ts'
export { type HelmChart, helmChart } from './source/helm-chart.ts'
export { type HelmRepository, helmRepository } from './source/helm-repository.ts'
export { type OCIRepository, ociRepository } from './source/oci-repository.ts'
export * from './well-known.ts'
