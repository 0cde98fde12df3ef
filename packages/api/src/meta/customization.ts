/** Changes to manifests that Kustomizations and HelmReleases both can ask for. */
import { array, map, object, required, string } from '../schema/schema.ts'
import { objectSelector } from './references.ts'

export function commonMetadata(description: string) {
  return object(description, {
    labels: map('Labels to set.', string('Value of the label.')),
    annotations: map('Annotations to set.', string('Value of the annotation.')),
  })
}

export function patches(description: string) {
  return array(
    description,
    object('One patch.', {
      patch: required(string('A strategic merge patch or a list of JSON 6902 operations, as YAML or JSON text.')),
      target: objectSelector('The objects to change; a strategic merge patch may name its own.'),
    }),
  )
}

export function images(description: string) {
  return array(
    description,
    object('What one image is replaced with.', {
      name: required(string('Image name as the manifests write it, without tag.')),
      newName: string('Name to use instead.'),
      newTag: string('Tag to use instead.'),
      digest: string('Digest to use instead of a tag.'),
    }),
  )
}

export function ignoreRules(description: string) {
  return array(
    description,
    object('Fields that may differ in the cluster.', {
      paths: required(array('JSON pointers (RFC 6901) of the fields.', string('One pointer.'))),
      target: objectSelector('The objects that this is about; all when absent.'),
    }),
  )
}

export function healthCheckExprs(description: string) {
  return array(
    description,
    object('How the health of one kind is read.', {
      apiVersion: required(string('API version of the kind.')),
      kind: string('The kind.'),
      current: required(string('CEL expression: true when the object is healthy.')),
      inProgress: string('CEL expression: true while the object is still working towards it.'),
      failed: string('CEL expression: true when it will not get there.'),
    }),
  )
}
