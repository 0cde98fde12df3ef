/**
 * `FluxConfig`: one Flux configuration of the fleet service as it stands in a cluster. The agent writes the spec, the fluxconfig
 * controller makes a source and Kustomizations from it and gathers their status.
 */
import { ageColumn, fieldColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { secretRef } from '../meta/references.ts'
import { array, boolean, object, type Rule, string } from '../schema/schema.ts'
import { controllers, groups } from '../well-known.ts'
import { fluxConfigKustomization } from './flux-config-kustomization.ts'
import {
  fluxConfigAzureBlob,
  fluxConfigBucket,
  fluxConfigGitRepository,
  fluxConfigOciRepository,
} from './flux-config-source.ts'
import { fluxConfigStatus } from './flux-config-status.ts'

function sourceRule(kind: string, field: string): Rule {
  return {
    rule: `self.sourceKind != '${kind}' || has(self.${field})`,
    message: `${field} must be given when sourceKind is '${kind}'`,
  }
}

function spec() {
  return object(
    'What to deploy, and with which rights.',
    {
      scope: string('`cluster`: with all rights. `namespace`: only within its own namespace. Cannot change.', {
        enum: ['cluster', 'namespace'],
        default: 'cluster',
      }),
      sourceKind: string('Which of the four sources is used.', {
        enum: ['GitRepository', 'Bucket', 'AzureBlob', 'OCIRepository'],
        default: 'GitRepository',
      }),
      gitRepository: fluxConfigGitRepository(),
      bucket: fluxConfigBucket(),
      azureBlob: fluxConfigAzureBlob(),
      ociRepository: fluxConfigOciRepository(),
      kustomizations: array('What is applied from the source.', fluxConfigKustomization(), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
      suspend: boolean('Stops the source and all kustomizations until it is false again.', { default: false }),
      softDelete: boolean('When this object is deleted, what was deployed stays in the cluster.', { default: false }),
      protectedParametersSecretRef: secretRef('Protected settings of the configuration: keys, passwords, tokens.'),
      correlationId: string('The request that wrote this configuration.'),
      operationId: string('The operation that wrote this configuration; repeated as a label of the objects made.'),
    },
    {
      rules: [
        { rule: 'self.scope == oldSelf.scope', message: 'scope cannot be changed; delete the configuration first' },
        sourceRule('GitRepository', 'gitRepository'),
        sourceRule('Bucket', 'bucket'),
        sourceRule('AzureBlob', 'azureBlob'),
        sourceRule('OCIRepository', 'ociRepository'),
      ],
    },
  )
}

export const fluxConfig = defineKind({
  group: groups.clusterconfig,
  kind: 'FluxConfig',
  plural: 'fluxconfigs',
  singular: 'fluxconfig',
  shortNames: ['fc'],
  categories: [],
  scope: 'Namespaced',
  description:
    'A source and its kustomizations, as one configuration of the fleet service deploys them to this cluster.',
  component: controllers.fluxConfig,
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      columns: [
        fieldColumn('Scope', '.spec.scope'),
        fieldColumn('URL', '.spec.gitRepository.url'),
        fieldColumn('Provision', '.status.provisioningState'),
        ageColumn,
      ],
      spec,
      status: fluxConfigStatus,
    },
  ],
})

export type FluxConfig = Resource<typeof fluxConfig>
