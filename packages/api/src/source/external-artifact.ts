/** `ExternalArtifact`: an artifact that something outside the source controller publishes. */
import { ageReadyStatus, fieldColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { conditions } from '../meta/status.ts'
import { object, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

function spec() {
  return object('Where the artifact comes from.', {
    sourceRef: object('The object that it was made from.', {
      apiVersion: string('API version of that object.'),
      kind: required(string('Its kind.')),
      name: required(string('Its name.')),
      namespace: string('Its namespace; that of this object when absent.'),
    }),
  })
}

function status() {
  return object('What its maker published.', { artifact: artifact(), conditions: conditions() })
}

export const externalArtifact = defineKind({
  ...sourceKind,
  kind: 'ExternalArtifact',
  plural: 'externalartifacts',
  singular: 'externalartifact',
  shortNames: ['ea'],
  description: 'An artifact that was published by something other than the source controller.',
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      columns: [...ageReadyStatus, fieldColumn('Source', '.spec.sourceRef.name')],
      spec,
      status,
    },
  ],
})

export type ExternalArtifact = Resource<typeof externalArtifact>
