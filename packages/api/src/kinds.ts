/** Every custom resource of the system. */
import { fluxConfig } from './clusterconfig/flux-config.ts'
import { type CrdOptions, type CustomResourceDefinition, crd } from './crd.ts'
import type { KindDefinition } from './kind.ts'
import { kustomization } from './kustomize/kustomization.ts'
import { gitRepository } from './source/git-repository.ts'

export const kinds: readonly KindDefinition[] = [gitRepository, kustomization, fluxConfig]

/** The CustomResourceDefinitions of all kinds, fresh objects on every call. */
export function allCrds(options?: CrdOptions): CustomResourceDefinition[] {
  return kinds.map(kind => crd(kind, options))
}
