/** `HelmRepository`: the index of a chart repository over HTTP, or the address of one in a registry. */
import { ageReadyStatus, fieldColumn, readyStatusAge } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { accessFrom, certSecretRef, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { olderVersion } from '../older-version.ts'
import { boolean, object, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

function spec() {
  return object('Where the charts are and how often the index is read.', {
    url: required(string('Address of the repository.', { pattern: '^(http|https|oci)://.*$' })),
    type: string('`oci` for charts in a container registry.', { enum: ['default', 'oci'] }),
    interval: duration('How often the index is fetched; one minute when absent.'),
    provider: string('Whose way to log in applies; only for type `oci`.', {
      enum: ['generic', 'aws', 'azure', 'gcp'],
      default: 'generic',
    }),
    secretRef: secretRef('Credentials: `username` and `password`; a registry login also for type `oci`.'),
    certSecretRef: certSecretRef(),
    passCredentials: boolean('Sends the credentials also to other hosts that the index names.'),
    insecure: boolean('Allows plain HTTP; only for type `oci`.'),
    timeout: shortDuration('How long fetching the index may take; one minute when absent.'),
    accessFrom: accessFrom('Reserved for sharing between namespaces; without effect.'),
    suspend: suspend(),
  })
}

function status() {
  return object(
    'The index that was fetched and what the controller observed; empty for type `oci`.',
    {
      ...reconcileStatus(),
      artifact: artifact('The newest index that was published.'),
      url: string('Address of the newest index that does not change with the revision.'),
    },
    unobserved(),
  )
}

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  columns: [fieldColumn('URL', '.spec.url'), ...ageReadyStatus],
  spec,
  status,
} as const satisfies KindVersion

const v1beta2 = olderVersion('HelmRepository', 'v1beta2', v1, () => ({}))

const v1beta1 = olderVersion(
  'HelmRepository',
  'v1beta1',
  v1,
  () => ({
    without: ['certSecretRef', 'insecure', 'provider', 'type'],
    with: { timeout: string('How long fetching the index may take.', { default: '60s' }) },
    unchecked: ['interval', 'url'],
    required: ['interval'],
  }),
  [fieldColumn('URL', '.spec.url'), ...readyStatusAge],
)

export const helmRepository = defineKind({
  ...sourceKind,
  kind: 'HelmRepository',
  plural: 'helmrepositories',
  singular: 'helmrepository',
  shortNames: ['helmrepo'],
  description: 'A repository of Helm charts.',
  versions: [v1, v1beta2, v1beta1],
})

export type HelmRepository = Resource<typeof helmRepository>
