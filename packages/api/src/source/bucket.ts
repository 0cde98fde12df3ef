/** `Bucket`: the objects of a bucket or container of an object store, published as one artifact. */
import { ageReadyStatus, fieldColumn, readyStatusAge } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { sharedWith } from '../meta/older-fields.ts'
import { certSecretRef, proxySecretRef, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { olderVersion } from '../older-version.ts'
import { boolean, object, type Rule, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

function rules(): Rule[] {
  return [
    {
      rule: "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
      message: "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    },
    {
      rule: "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
      message: "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    },
    {
      rule: "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
      message: "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    },
    {
      rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
      message: "spec.sts.secretRef is not required for the 'aws' STS provider",
    },
    {
      rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
      message: "spec.sts.certSecretRef is not required for the 'aws' STS provider",
    },
    {
      rule: "self.provider != 'generic' || !has(self.serviceAccountName)",
      message: "ServiceAccountName is not supported for the 'generic' Bucket provider",
    },
    {
      rule: '!has(self.secretRef) || !has(self.serviceAccountName)',
      message: 'cannot set both .spec.secretRef and .spec.serviceAccountName',
    },
  ]
}

function spec() {
  return object(
    'Which bucket, which objects of it, how often.',
    {
      provider: string('Whose store it is; `generic` for anything that speaks S3.', {
        enum: ['generic', 'aws', 'gcp', 'azure'],
        default: 'generic',
      }),
      bucketName: required(string('Name of the bucket or container.')),
      endpoint: required(string('Host (and port) of the store; for `azure` the URL of the storage account.')),
      interval: required(duration('How often the bucket is listed.')),
      region: string('Region of the bucket.'),
      prefix: string('Only objects whose key begins so.'),
      insecure: boolean('Uses plain HTTP.'),
      secretRef: secretRef('Credentials; their keys depend on `provider`, for `generic` `accesskey` and `secretkey`.'),
      serviceAccountName: string('Service account whose cloud identity is used; not for `generic`.'),
      certSecretRef: certSecretRef(),
      proxySecretRef: proxySecretRef(),
      sts: object('Service that exchanges other credentials for temporary ones.', {
        provider: required(
          string('Kind of service: `aws` for provider `aws`, `ldap` for `generic`.', { enum: ['aws', 'ldap'] }),
        ),
        endpoint: required(string('Address of the service.', { pattern: '^(http|https)://.*$' })),
        secretRef: secretRef('Credentials for it, `username` and `password`; only for `ldap`.'),
        certSecretRef: certSecretRef(),
      }),
      timeout: shortDuration('How long listing, and then fetching, may take.', { default: '60s' }),
      ignore: string('Patterns, as in `.gitignore`, of objects to leave out; added to those of `.sourceignore`.'),
      suspend: suspend(),
    },
    { rules: rules() },
  )
}

function status() {
  return object(
    'What was fetched and what the controller observed.',
    {
      ...reconcileStatus(),
      artifact: artifact(),
      url: string('Address of the newest archive that does not change with the revision.'),
      observedIgnore: string('Value of `spec.ignore` in the artifact.'),
    },
    unobserved(),
  )
}

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  columns: [fieldColumn('Endpoint', '.spec.endpoint'), ...ageReadyStatus],
  spec,
  status,
} as const satisfies KindVersion

const v1beta2 = olderVersion('Bucket', 'v1beta2', v1, () => ({
  without: ['serviceAccountName'],
  with: { accessFrom: sharedWith() },
  rules: rules().slice(0, 5),
}))

const v1beta1 = olderVersion(
  'Bucket',
  'v1beta1',
  v1,
  () => ({
    without: ['certSecretRef', 'prefix', 'proxySecretRef', 'serviceAccountName', 'sts'],
    with: {
      accessFrom: sharedWith(),
      provider: string('Whose store it is.', { enum: ['generic', 'aws', 'gcp'], default: 'generic' }),
    },
    unchecked: ['', 'interval', 'timeout'],
  }),
  [fieldColumn('Endpoint', '.spec.endpoint'), ...readyStatusAge],
)

export const bucket = defineKind({
  ...sourceKind,
  kind: 'Bucket',
  plural: 'buckets',
  singular: 'bucket',
  shortNames: [],
  description: 'A bucket of an object store, published as an artifact for other controllers.',
  versions: [v1, v1beta2, v1beta1],
})

export type Bucket = Resource<typeof bucket>
