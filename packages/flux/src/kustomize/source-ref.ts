import {
  type Artifact,
  groups,
  type KubeObject,
  type Kustomization,
  kustomizeReasons,
  type ObjectRef,
  reasons,
} from '@sluice/api'
import { artifactOf } from '../artifact-of.ts'

/** Where a Kustomization's manifests come from, decided from what the caches hold. */
export type SourceAnswer =
  | { kind: 'artifact'; artifact: Artifact; source: string }
  /** No artifact yet; a change of the source wakes the Kustomization. */
  | { kind: 'missing'; reason: string; message: string; gone: boolean }
  /** Refused by multi-tenancy or unsupported: nothing changes until the spec does. */
  | { kind: 'refused'; reason: string; message: string }

export const SOURCE_KINDS: Record<string, string> = {
  GitRepository: `${groups.source}/v1`,
  OCIRepository: `${groups.source}/v1`,
  Bucket: `${groups.source}/v1`,
  ExternalArtifact: `${groups.source}/v1`,
}

export function sourceRefOf(object: Kustomization): ObjectRef {
  const { kind, name, namespace } = object.spec.sourceRef
  return {
    apiVersion: SOURCE_KINDS[kind] ?? `${groups.source}/v1`,
    kind,
    namespace: namespace ?? object.metadata.namespace ?? '',
    name,
  }
}

export interface SourceOptions {
  noCrossNamespaceRefs: boolean
  /** Feature gate `ExternalArtifact`. */
  externalArtifacts: boolean
  /** Milliseconds until a source without an artifact is looked at again. */
  requeueDependency: string
}

export function answerOf(object: Kustomization, source: KubeObject | undefined, options: SourceOptions): SourceAnswer {
  const ref = sourceRefOf(object)
  const id = `${ref.kind}/${ref.namespace}/${ref.name}`
  if (options.noCrossNamespaceRefs && ref.namespace !== object.metadata.namespace) {
    const message = `can't access '${id}', cross-namespace references have been blocked`
    return { kind: 'refused', reason: reasons.accessDenied, message }
  }
  if (ref.kind === 'ExternalArtifact' && !options.externalArtifacts) {
    const message = `can't access '${id}', ExternalArtifact feature gate is disabled`
    return { kind: 'refused', reason: reasons.accessDenied, message }
  }
  if (!source) {
    const message = `${ref.kind}.${groups.source} "${ref.name}" not found`
    return { kind: 'missing', reason: kustomizeReasons.artifactFailed, message, gone: true }
  }
  const artifact = artifactOf(source)
  if (artifact) return { kind: 'artifact', artifact, source: id }
  const message = `Source artifact not found, retrying in ${options.requeueDependency}`
  return { kind: 'missing', reason: kustomizeReasons.artifactFailed, message, gone: false }
}
