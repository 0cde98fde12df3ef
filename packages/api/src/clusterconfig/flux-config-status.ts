/** What the fluxconfig controller gathers about a configuration, and the agent sends to the fleet service. */
import { conditions, lastHandledReconcileAt, observedGeneration } from '../meta/status.ts'
import { array, boolean, integer, map, object, type Static, string } from '../schema/schema.ts'

function complianceState() {
  return string('Whether the cluster equals the configuration.', {
    enum: ['Compliant', 'Non-Compliant', 'Pending', 'Suspended', 'Unknown'],
  })
}

function objectStatus() {
  return {
    complianceState: complianceState(),
    message: string('Message of its `Ready` condition, or `Resource is Ready`.'),
    conditions: conditions(),
  }
}

function managedStatus(description: string) {
  return object(description, objectStatus())
}

function children(kind: string) {
  return map(`Every ${kind}, by \`<namespace>/<name>\`.`, managedStatus(`One ${kind}.`))
}

function helmReleaseChildren() {
  return map(
    'Every HelmRelease, by `<namespace>/<name>`.',
    object('One HelmRelease.', {
      ...objectStatus(),
      helmReleaseProperties: object('What Helm says about it.', {
        helmChart: string('`<namespace>/<name>` of its HelmChart.'),
        lastReleaseRevision: integer('Revision of the last release.', { format: 'int64' }),
        failureCount: integer('Failures since the last success.', { format: 'int64' }),
        installFailureCount: integer('Failed installations since the last success.', { format: 'int64' }),
        upgradeFailureCount: integer('Failed upgrades since the last success.', { format: 'int64' }),
      }),
    }),
  )
}

function managedKustomization() {
  return object('One Kustomization of the configuration.', {
    ...objectStatus(),
    lastAppliedRevision: string('Revision that was applied last.'),
    objectCount: integer('How many objects it applied.', { format: 'int64' }),
    childStatuses: object('The Flux objects among those that it applied.', {
      bucket: children('Bucket'),
      gitRepository: children('GitRepository'),
      helmChart: children('HelmChart'),
      helmRelease: helmReleaseChildren(),
      helmRepository: children('HelmRepository'),
      kustomization: children('Kustomization'),
      ociRepository: children('OCIRepository'),
    }),
  })
}

export function fluxConfigStatus() {
  return object('What the controllers observed.', {
    provisioningState: string('How far the last write got into the cluster.', {
      enum: ['Succeeded', 'Failed', 'Canceled', 'Creating', 'Updating', 'Deleting'],
    }),
    complianceState: complianceState(),
    errorMessage: string('Why provisioning failed; empty when it did not.'),
    conditions: conditions(),
    observedGeneration: observedGeneration(),
    lastHandledReconcileAt: lastHandledReconcileAt(),
    lastSucceededGeneration: integer('The last generation whose objects were all written.', { format: 'int64' }),
    lastSucceededKustomizations: array(
      'The Kustomizations of that generation; those that leave it are deleted.',
      string('Name of the object.'),
    ),
    lastConfigUpdateTime: string('When the spec was last written to the objects.', { format: 'date-time' }),
    lastSourceSyncedTime: string('When the source last published a new artifact.', { format: 'date-time' }),
    lastSyncedCommit: string('Revision of that artifact.'),
    repositoryPublicKey: string('Public key to allow in the Git server; its private half never leaves the cluster.'),
    dataplaneStatus: object('What the agent last told the fleet service.', {
      isSyncedWithAzure: boolean('Whether the service has the present status.'),
      lastSyncedTime: string('When it was last told.', { format: 'date-time' }),
    }),
    managedStatuses: object('The objects made for this configuration.', {
      gitRepository: managedStatus('Its GitRepository.'),
      bucket: managedStatus('Its Bucket.'),
      ociRepository: managedStatus('Its OCIRepository.'),
      kustomizations: map('Its Kustomizations, by `<namespace>/<name>`.', managedKustomization()),
    }),
  })
}

export type FluxConfigStatus = Static<ReturnType<typeof fluxConfigStatus>>
