/** Every custom resource of the system. */
import { fluxConfig } from './clusterconfig/flux-config.ts'
import { type CrdOptions, type CustomResourceDefinition, crd } from './crd.ts'
import { helmRelease } from './helm/helm-release.ts'
import { imagePolicy } from './image/image-policy.ts'
import { imageRepository } from './image/image-repository.ts'
import { imageUpdateAutomation } from './image/image-update-automation.ts'
import type { KindDefinition } from './kind.ts'
import { kustomization } from './kustomize/kustomization.ts'
import { alert } from './notification/alert.ts'
import { provider } from './notification/provider.ts'
import { receiver } from './notification/receiver.ts'
import { artifactGenerator } from './source/artifact-generator.ts'
import { bucket } from './source/bucket.ts'
import { externalArtifact } from './source/external-artifact.ts'
import { gitRepository } from './source/git-repository.ts'
import { helmChart } from './source/helm-chart.ts'
import { helmRepository } from './source/helm-repository.ts'
import { ociRepository } from './source/oci-repository.ts'

export const kinds: readonly KindDefinition[] = [
  gitRepository,
  ociRepository,
  bucket,
  helmRepository,
  helmChart,
  externalArtifact,
  artifactGenerator,
  kustomization,
  helmRelease,
  provider,
  alert,
  receiver,
  imageRepository,
  imagePolicy,
  imageUpdateAutomation,
  fluxConfig,
]

/** The CustomResourceDefinitions of all kinds, fresh objects on every call. */
export function allCrds(options?: CrdOptions): CustomResourceDefinition[] {
  return kinds.map(kind => crd(kind, options))
}
