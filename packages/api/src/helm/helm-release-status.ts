/** What the Helm controller remembers about a release. */
import { inventory } from '../meta/inventory.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { array, integer, map, object, required, type Static, string } from '../schema/schema.ts'

function snapshot() {
  return object('One release as Helm stored it.', {
    apiVersion: string('Version of the way `digest` is computed.'),
    digest: required(string('Checksum of the stored release, to notice changes by others.')),
    name: required(string('Name of the release.')),
    namespace: required(string('Namespace of the release.')),
    version: required(integer('Revision of the release.')),
    status: required(string('State of the release in the words of Helm.')),
    action: string('The action that made it.'),
    chartName: required(string('Name of the chart.')),
    chartVersion: required(string('Version of the chart.')),
    appVersion: string('Version of the application in the chart.'),
    configDigest: required(string('Checksum of the values.')),
    firstDeployed: required(string('When the release was first installed.', { format: 'date-time' })),
    lastDeployed: required(string('When this revision was made.', { format: 'date-time' })),
    deleted: string('When the release was uninstalled.', { format: 'date-time' }),
    ociDigest: string('Digest of the artifact that the chart came in.'),
    testHooks: map(
      'Results of the tests, by name.',
      object('One test.', {
        lastStarted: string('When it started.', { format: 'date-time' }),
        lastCompleted: string('When it ended.', { format: 'date-time' }),
        phase: string('How it ended.'),
      }),
    ),
  })
}

export function helmReleaseStatus() {
  return object(
    'What was released and what the controller observed.',
    {
      ...reconcileStatus(),
      helmChart: string('`<namespace>/<name>` of the HelmChart that was made.'),
      storageNamespace: string('Namespace of the release records; empty until the first attempt.', {
        minLength: 1,
        maxLength: 63,
      }),
      history: array('Releases that matter for the next decision, newest first.', snapshot()),
      inventory: inventory('The objects of the release, for who wants to look at them.'),
      failures: integer('Failures since the last success.', { format: 'int64' }),
      installFailures: integer('Failed installations since the last success.', { format: 'int64' }),
      upgradeFailures: integer('Failed upgrades since the last success.', { format: 'int64' }),
      lastAttemptedGeneration: integer('The generation of the spec that was last tried.', { format: 'int64' }),
      lastAttemptedRevision: string('Version of the chart that was last tried.'),
      lastAttemptedRevisionDigest: string('Digest of the artifact that this chart came in.'),
      lastAttemptedConfigDigest: string('Checksum of the values that were last tried.'),
      lastAttemptedReleaseAction: string('What was last tried.', { enum: ['install', 'upgrade'] }),
      lastAttemptedReleaseActionDuration: string('How long that took.'),
      lastHandledForceAt: string('Value of the annotation `reconcile.fluxcd.io/forceAt` that was last dealt with.'),
      lastHandledResetAt: string('Value of the annotation `reconcile.fluxcd.io/resetAt` that was last dealt with.'),
      observedCommonMetadataDigest: string('Checksum of `spec.commonMetadata` in the last release.'),
      observedPostRenderersDigest: string('Checksum of `spec.postRenderers` in the last release.'),
      lastAttemptedValuesChecksum: string('No longer written; emptied where it is found.'),
      lastReleaseRevision: integer('No longer written; emptied where it is found.'),
    },
    unobserved(),
  )
}

export type HelmReleaseSnapshot = Static<ReturnType<typeof snapshot>>
