/** `Kustomization`: builds a folder of an artifact and keeps a cluster equal to the result. */
import { ageReadyStatus, readyStatusAge } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { commonMetadata, healthCheckExprs, ignoreRules, images, patches } from '../meta/customization.ts'
import { duration } from '../meta/duration.ts'
import { history } from '../meta/history.ts'
import { inventory } from '../meta/inventory.ts'
import { patchesJson6902, patchesStrategicMerge } from '../meta/older-fields.ts'
import { dependency, kubeConfig, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { olderVersion } from '../older-version.ts'
import { array, boolean, map, object, required, string } from '../schema/schema.ts'
import { annotations, controllers, groups } from '../well-known.ts'

function postBuild() {
  return object('Variables that are replaced in the built manifests.', {
    substitute: map('Values by name.', string('Value.')),
    substituteFrom: array(
      'ConfigMaps and Secrets with more values; `substitute` wins over them, a later one over an earlier one.',
      object('One set of values.', {
        kind: required(string('Where the values are.', { enum: ['Secret', 'ConfigMap'] })),
        name: required(string('Name of the ConfigMap or Secret.', { minLength: 1, maxLength: 253 })),
        optional: boolean('Goes on without it when it does not exist.', { default: false }),
      }),
    ),
    substituteStrategy: string(
      'Whether expressions are replaced only when there is at least one variable (the default) or always.',
      { enum: ['WithVariables', 'Always'] },
    ),
  })
}

function spec() {
  return object('What to build, where to apply it, and when it counts as healthy.', {
    sourceRef: required(
      object('The source whose artifact is built.', {
        apiVersion: string('API version of the source; not needed.'),
        kind: required(
          string('Kind of the source.', { enum: ['OCIRepository', 'GitRepository', 'Bucket', 'ExternalArtifact'] }),
        ),
        name: required(string('Name of the source.')),
        namespace: string('Namespace of the source; that of the Kustomization when absent.'),
      }),
    ),
    path: string('Folder in the artifact; its root when absent.'),
    interval: required(duration('How often the cluster is compared with the manifests when nothing changed.')),
    retryInterval: duration('How soon a failure is retried; `interval` when absent.'),
    timeout: duration('How long health checks may take; a little less than `interval` when absent.'),
    prune: required(boolean('Deletes objects that are no longer in the manifests.')),
    deletionPolicy: string(
      'What happens to the objects when the Kustomization is deleted; `MirrorPrune` when absent.',
      {
        enum: ['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'],
      },
    ),
    force: boolean('Recreates objects whose immutable fields change.', { default: false }),
    wait: boolean('Is ready only once everything that was applied is healthy; `healthChecks` are then not needed.'),
    healthChecks: array(
      'Objects that must be healthy.',
      object('One object in the target cluster.', {
        apiVersion: string('API version; `apps/v1` when absent.'),
        kind: required(string('Kind.')),
        name: required(string('Name.')),
        namespace: string('Namespace.'),
      }),
    ),
    healthCheckExprs: healthCheckExprs('How the health of custom kinds is read.'),
    dependsOn: array(
      'Kustomizations that must be ready first.',
      dependency('One Kustomization that must be ready first.', 'Kustomization'),
    ),
    serviceAccountName: string('Service account in this namespace to apply as.'),
    kubeConfig: kubeConfig('Another cluster to apply to.'),
    targetNamespace: string('Namespace of all namespaced objects, whatever the manifests say.', {
      minLength: 1,
      maxLength: 63,
    }),
    namePrefix: string('Put before the names of all objects.', { minLength: 1, maxLength: 200 }),
    nameSuffix: string('Put after the names of all objects.', { minLength: 1, maxLength: 200 }),
    commonMetadata: commonMetadata('Labels and annotations of every applied object.'),
    patches: patches('Changes to the built objects.'),
    images: images('Image names, tags and digests to replace.'),
    components: array('Kustomize components to add, relative to `path`.', string('One folder.')),
    ignoreMissingComponents: boolean('Leaves out components whose folder does not exist.'),
    buildMetadata: array(
      'Kustomize build metadata to write into annotations.',
      string('One kind of metadata.', { enum: ['originAnnotations', 'transformerAnnotations'] }),
    ),
    postBuild: postBuild(),
    decryption: object('How encrypted files and Secrets are decrypted.', {
      provider: required(string('The tool that encrypted them.', { enum: ['sops'] })),
      secretRef: secretRef('Private keys and credentials to decrypt with.'),
      serviceAccountName: string('Service account whose cloud identity may use the key service.'),
    }),
    ignore: ignoreRules('Fields whose changes in the cluster are left alone.'),
    suspend: suspend(),
  })
}

function status() {
  return object(
    'What was applied and what the controller observed.',
    {
      ...reconcileStatus(),
      lastAttemptedRevision: string('Revision of the last artifact that was tried.'),
      lastAppliedRevision: string('Revision of the last artifact that was applied and found healthy.'),
      lastAppliedOriginRevision: string('Revision of what that artifact was made from, when it says so.'),
      inventory: inventory(),
      history: history(),
    },
    unobserved(),
  )
}

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  columns: ageReadyStatus,
  spec,
  status,
} as const satisfies KindVersion

/** Came with v1 after its first release. */
const sinceV1 = [
  'buildMetadata',
  'decryption.serviceAccountName',
  'deletionPolicy',
  'dependsOn[].readyExpr',
  'healthCheckExprs',
  'ignore',
  'ignoreMissingComponents',
  'kubeConfig.configMapRef',
  'namePrefix',
  'nameSuffix',
  'postBuild.substituteStrategy',
]

/** What both older versions had besides. */
function beforeV1() {
  return {
    patchesStrategicMerge: patchesStrategicMerge(),
    patchesJson6902: patchesJson6902(),
    validation: string('How manifests were validated. Dropped: the API server always does.', {
      enum: ['none', 'client', 'server'],
    }),
  }
}

const sourceKind = (...kinds: string[]) => required(string('Kind of the source.', { enum: kinds }))

const v1beta2 = olderVersion('Kustomization', 'v1beta2', v1, () => ({
  without: sinceV1,
  with: { ...beforeV1(), 'sourceRef.kind': sourceKind('OCIRepository', 'GitRepository', 'Bucket') },
  unchecked: ['kubeConfig'],
  required: ['kubeConfig.secretRef'],
}))

const v1beta1 = olderVersion(
  'Kustomization',
  'v1beta1',
  v1,
  () => ({
    without: [
      ...sinceV1,
      'commonMetadata',
      'components',
      'kubeConfig.secretRef.key',
      'postBuild.substituteFrom[].optional',
      'wait',
    ],
    with: { ...beforeV1(), 'sourceRef.kind': sourceKind('GitRepository', 'Bucket') },
    unchecked: ['interval', 'kubeConfig', 'retryInterval', 'timeout'],
    required: ['kubeConfig.secretRef'],
  }),
  readyStatusAge,
)

export const kustomization = defineKind({
  group: groups.kustomize,
  kind: 'Kustomization',
  plural: 'kustomizations',
  singular: 'kustomization',
  shortNames: ['ks'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  scope: 'Namespaced',
  description: 'A folder of manifests, built and continuously applied to a cluster.',
  component: controllers.kustomize,
  // A definition kept in Git must survive a Kustomization that substitutes variables.
  annotations: { [annotations.kustomizeSubstitute]: 'disabled' },
  versions: [v1, v1beta2, v1beta1],
})

export type Kustomization = Resource<typeof kustomization>
