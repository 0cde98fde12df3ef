/** `OCIRepository`: one layer of an artifact in a container registry, published as an artifact. */
import { ageColumn, fieldColumn, readyColumn, statusColumn } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { certSecretRef, proxySecretRef, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { artifactSignature } from '../meta/verification.ts'
import { olderVersion } from '../older-version.ts'
import { boolean, object, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

function layerSelector(description: string) {
  return object(description, {
    mediaType: string('Media type of the layer; the first layer when absent.'),
    operation: string('Unpack the layer and pack it anew (the default), or keep it as it is.', {
      enum: ['extract', 'copy'],
    }),
  })
}

function spec() {
  return object('Which repository, which tag or digest, how often.', {
    url: required(string('Address of the repository, without a tag.', { pattern: '^oci://.*$' })),
    interval: required(duration('How often the registry is asked for changes.')),
    ref: object('Which artifact: digest beats semver, semver beats tag.', {
      tag: string('Tag; `latest` when nothing is given.'),
      semver: string('Range of versions; the highest tag within it is taken.'),
      semverFilter: string('Regular expression that tags must match to be looked at; only with `semver`.'),
      digest: string('Digest of the manifest, `sha256:<hex>`.'),
    }),
    layerSelector: layerSelector('Which layer of the artifact is published.'),
    provider: string('Whose way to log in applies; `generic` reads everything from Secrets.', {
      enum: ['generic', 'aws', 'azure', 'gcp'],
      default: 'generic',
    }),
    secretRef: secretRef('Credentials, a Secret of type `kubernetes.io/dockerconfigjson`.'),
    serviceAccountName: string('Service account whose pull secrets or cloud identity are used.'),
    certSecretRef: certSecretRef(),
    proxySecretRef: proxySecretRef(),
    insecure: boolean('Allows plain HTTP.'),
    timeout: shortDuration('How long one registry operation may take.', { default: '60s' }),
    verify: artifactSignature('Signature that the artifact must bear.', {
      trustedRootSecretRef: secretRef('Own root of trust for keyless signatures: `trusted_root.json`.'),
    }),
    ignore: string('Patterns, as in `.gitignore`, of files to leave out; added to those of `.sourceignore` files.'),
    suspend: suspend(),
  })
}

function status() {
  return object(
    'What was pulled and what the controller observed.',
    {
      ...reconcileStatus(),
      artifact: artifact(),
      url: string('Address of the newest archive that does not change with the revision.'),
      observedIgnore: string('Value of `spec.ignore` in the artifact.'),
      observedLayerSelector: layerSelector('Value of `spec.layerSelector` in the artifact.'),
    },
    unobserved(),
  )
}

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  columns: [fieldColumn('URL', '.spec.url'), readyColumn, statusColumn, ageColumn],
  spec,
  status,
} as const satisfies KindVersion

const v1beta2 = olderVersion('OCIRepository', 'v1beta2', v1, () => ({ without: ['verify.trustedRootSecretRef'] }))

export const ociRepository = defineKind({
  ...sourceKind,
  kind: 'OCIRepository',
  plural: 'ocirepositories',
  singular: 'ocirepository',
  shortNames: ['ocirepo'],
  description: 'An artifact in a container registry, published for other controllers.',
  versions: [v1, v1beta2],
})

export type OCIRepository = Resource<typeof ociRepository>
