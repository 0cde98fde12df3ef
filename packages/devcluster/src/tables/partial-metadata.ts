/** `as=PartialObjectMetadata`: an object of which only the metadata is shown. */
import type { KubeObject } from '@sluice/api'

export const partialMetadata = (object: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
})
