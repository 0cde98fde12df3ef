/** `GitRepository`: a branch, tag, range, ref or commit of a Git repository, published as one artifact. */
import { ageReadyStatus, fieldColumn, readyStatusAge } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { sharedWith } from '../meta/older-fields.ts'
import { localRef, proxySecretRef, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { olderVersion } from '../older-version.ts'
import { array, boolean, object, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

/** Which commit: when several are given, commit beats name, name beats tag, tag beats semver, semver beats branch. */
export function gitReference(description: string) {
  return object(description, {
    branch: string('Branch; `master` when nothing else is given.'),
    tag: string('Tag.'),
    semver: string('Range of versions; the highest tag within it is taken.'),
    name: string('Full name of a ref, for instance `refs/pull/420/head`.'),
    commit: string('Full hash of a commit; with `branch`, only that branch is fetched.'),
  })
}

function include() {
  return object('One other repository whose files are added.', {
    repository: required(localRef('The GitRepository whose artifact is included.', 'GitRepository')),
    fromPath: string('Folder to take from it; all of it when absent.'),
    toPath: string('Folder to put it in; the name of the included repository when absent.'),
  })
}

function spec() {
  return object(
    'Which repository, which commit, how often.',
    {
      url: required(string('Address of the repository.', { pattern: '^(http|https|ssh)://.*$' })),
      interval: required(duration('How often the remote is asked for changes.')),
      ref: gitReference('The commit to publish.'),
      secretRef: secretRef(
        'Credentials: `username` and `password`, or `bearerToken`, over HTTP(S); `identity` and `known_hosts` over SSH; `ca.crt` for a private authority.',
      ),
      provider: string('Whose way to log in applies; `generic` reads everything from `secretRef`.', {
        enum: ['generic', 'aws', 'azure', 'github'],
      }),
      serviceAccountName: string('Service account whose cloud identity is used to log in.'),
      timeout: shortDuration('How long one Git operation may take.', { default: '60s' }),
      verify: object('Signatures that the commit or tag must bear.', {
        mode: string('What must be signed; `head` is an old spelling of `HEAD`.', {
          enum: ['head', 'HEAD', 'Tag', 'TagAndHEAD'],
          default: 'HEAD',
        }),
        secretRef: required(secretRef('Public keys of the trusted signers: `*.asc` (PGP) and `*.sshpub` (SSH).')),
      }),
      proxySecretRef: proxySecretRef(),
      ignore: string('Patterns, as in `.gitignore`, of files to leave out; added to those of `.sourceignore` files.'),
      recurseSubmodules: boolean('Fetches submodules, with the same credentials.'),
      include: array('Other repositories whose files are added to the artifact.', include()),
      sparseCheckout: array('Folders to check out; everything when absent.', string('One folder.')),
      suspend: suspend(),
    },
    {
      rules: [
        {
          rule: "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
          message: "serviceAccountName can only be set when provider is 'azure' or 'aws'",
        },
      ],
    },
  )
}

function status() {
  return object(
    'What was fetched and what the controller observed.',
    {
      ...reconcileStatus(),
      artifact: artifact(),
      includedArtifacts: array('The archives that were included in it.', artifact('One included archive.')),
      observedIgnore: string('Value of `spec.ignore` in the artifact.'),
      observedRecurseSubmodules: boolean('Value of `spec.recurseSubmodules` in the artifact.'),
      observedInclude: array('Value of `spec.include` in the artifact.', include()),
      observedSparseCheckout: array('Value of `spec.sparseCheckout` in the artifact.', string('One folder.')),
      sourceVerificationMode: string('Which signatures of the artifact were verified.'),
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

/** What both older versions had besides, or otherwise. */
function beforeV1() {
  return {
    accessFrom: sharedWith(),
    gitImplementation: string('Git library to use. Dropped: there is one.', {
      enum: ['go-git', 'libgit2'],
      default: 'go-git',
    }),
    'verify.mode': required(string('What must be signed.', { enum: ['head'] })),
  }
}

const sinceV1 = ['provider', 'proxySecretRef', 'serviceAccountName', 'sparseCheckout']

const v1beta2 = olderVersion('GitRepository', 'v1beta2', v1, () => ({
  without: sinceV1,
  with: beforeV1(),
  unchecked: [''],
}))

const v1beta1 = olderVersion(
  'GitRepository',
  'v1beta1',
  v1,
  () => ({
    without: [...sinceV1, 'ref.name'],
    with: {
      ...beforeV1(),
      'verify.secretRef': secretRef('Public keys of the trusted signers.'),
    },
    unchecked: ['', 'interval', 'timeout'],
  }),
  [fieldColumn('URL', '.spec.url'), ...readyStatusAge],
)

export const gitRepository = defineKind({
  ...sourceKind,
  kind: 'GitRepository',
  plural: 'gitrepositories',
  singular: 'gitrepository',
  shortNames: ['gitrepo'],
  description: 'A Git repository at one commit, published as an artifact for other controllers.',
  versions: [v1, v1beta2, v1beta1],
})

export type GitRepository = Resource<typeof gitRepository>
