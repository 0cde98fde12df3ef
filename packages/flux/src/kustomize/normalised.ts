import { type KubeObject, type Kustomization, labels } from '@sluice/api'
import { normalForm } from '../normal-form.ts'

/** A built object as it is sent to the API server: in normal form, with the owner's labels and common metadata. */
export function normalised(object: KubeObject, owner: Kustomization): KubeObject {
  const known = normalForm(object)
  known.metadata = withOwner(known, owner)
  return known
}

function withOwner(object: KubeObject, owner: Kustomization) {
  const common = owner.spec.commonMetadata
  const metadata = { ...object.metadata }
  metadata.labels = {
    ...metadata.labels,
    [labels.kustomizationName]: owner.metadata.name,
    [labels.kustomizationNamespace]: owner.metadata.namespace ?? '',
    ...common?.labels,
  }
  if (metadata.annotations || common?.annotations) {
    metadata.annotations = { ...metadata.annotations, ...common?.annotations }
  }
  return metadata
}
