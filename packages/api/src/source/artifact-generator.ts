/** `ArtifactGenerator`: makes new artifacts out of files of several sources. */
import { ageReadyStatus } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { commonMetadata } from '../meta/customization.ts'
import { conditions, lastHandledReconcileAt } from '../meta/status.ts'
import { array, object, required, string } from '../schema/schema.ts'
import { controllers, groups } from '../well-known.ts'

/** The name of a source within the generator, written `@alias`. */
const aliasPattern = '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$'
/** A path in a source, written `@alias/path`. */
const aliasPathPattern = '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$'

function source() {
  return object('One source to take files from.', {
    alias: required(
      string('Name that the rest of the spec uses for it.', {
        maxLength: 63,
        pattern: '^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$',
      }),
    ),
    kind: required(
      string('Kind of the source.', {
        enum: ['Bucket', 'GitRepository', 'OCIRepository', 'HelmChart', 'ExternalArtifact'],
      }),
    ),
    name: required(string('Name of the source.', { maxLength: 253, pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' })),
    namespace: string('Namespace of the source; that of this object when absent.', {
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    }),
  })
}

function copy() {
  return object('One copy operation.', {
    from: required(
      string('File, folder or glob: `@alias/path`.', { minLength: 1, maxLength: 1024, pattern: aliasPathPattern }),
    ),
    to: required(
      string('Where it goes: `@artifact/path`.', { minLength: 1, maxLength: 1024, pattern: '^@(artifact)/(.*)$' }),
    ),
    exclude: array('Globs of files to leave out.', string('One glob.'), { maxItems: 100 }),
    strategy: string(
      'What happens to a file that exists: replaced (the default), merged as YAML; or an archive unpacked.',
      {
        enum: ['Overwrite', 'Merge', 'Extract'],
      },
    ),
  })
}

function outputArtifact() {
  return object('One artifact to make.', {
    name: required(string('Name of the ExternalArtifact.', { minLength: 1, maxLength: 253 })),
    copy: required(array('Copy operations, in order.', copy(), { minItems: 1 })),
    revision: string('Source whose revision it takes, `@alias`; computed from the content when absent.', {
      maxLength: 64,
      pattern: aliasPattern,
    }),
    originRevision: string('Source whose origin revision it passes on, `@alias`.', {
      maxLength: 64,
      pattern: aliasPattern,
    }),
  })
}

function spec() {
  return object(
    'Which files of which sources make which artifacts.',
    {
      sources: required(array('Where files come from.', source(), { minItems: 1, maxItems: 1000 })),
      artifacts: required(array('What is made of them.', outputArtifact(), { minItems: 1, maxItems: 1000 })),
      pathPattern: string(
        'Folders of a source, `@alias/path/{capture}`: every matching folder makes the artifacts once, captures replaced.',
        { maxLength: 1024, pattern: aliasPathPattern },
      ),
      commonMetadata: commonMetadata('Labels and annotations of every ExternalArtifact that is made.'),
    },
    {
      rules: [
        {
          rule: "has(self.pathPattern) && size(self.pathPattern) > 0 || self.artifacts.all(a, a.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))",
          message: 'without pathPattern, the name of every artifact must be a valid object name',
        },
      ],
    },
  )
}

function status() {
  return object('What was made and what the controller observed.', {
    conditions: conditions(),
    lastHandledReconcileAt: lastHandledReconcileAt(),
    observedSourcesDigest: string('Checksum over the revisions of all sources that were used.'),
    inventory: array(
      'The artifacts that exist because of this object.',
      object('One artifact.', {
        name: required(string('Name of the ExternalArtifact.')),
        namespace: required(string('Its namespace.')),
        digest: required(string('Checksum of its archive.')),
        filename: required(string('File of its archive in the storage.')),
      }),
    ),
  })
}

export const artifactGenerator = defineKind({
  group: groups.sourceExtensions,
  kind: 'ArtifactGenerator',
  plural: 'artifactgenerators',
  singular: 'artifactgenerator',
  shortNames: ['ag'],
  categories: ['all', 'fluxcd', 'fluxcd-sources'],
  scope: 'Namespaced',
  description: 'Composes artifacts out of the files of several sources.',
  component: controllers.sourceWatcher,
  versions: [{ name: 'v1beta1', served: true, storage: true, columns: ageReadyStatus, spec, status }],
})

export type ArtifactGenerator = Resource<typeof artifactGenerator>
