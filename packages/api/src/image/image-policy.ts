/** `ImagePolicy`: chooses one tag of an image. */
import { ageColumn, fieldColumn, readyColumn, statusColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { duration } from '../meta/duration.ts'
import { namespacedRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { object, required, string } from '../schema/schema.ts'
import { controllers } from '../well-known.ts'
import { imageKind, imageRef } from './image-kind.ts'

function order(description: string) {
  return object(description, {
    order: string('`asc` takes the last in ascending order, `desc` the first.', {
      enum: ['asc', 'desc'],
      default: 'asc',
    }),
  })
}

function spec() {
  return object(
    'Which tags are looked at, and which of them is chosen.',
    {
      imageRepositoryRef: required(namespacedRef('Where the tags come from.', 'ImageRepository')),
      policy: required(
        object('How one is chosen; exactly one of the three.', {
          semver: object('The highest version.', { range: required(string('Range of versions that count.')) }),
          alphabetical: order('By the letters.'),
          numerical: order('By the number.'),
        }),
      ),
      filterTags: object('Looks only at tags of a form, and at a part of them.', {
        pattern: string('Regular expression that a tag must match.'),
        extract: string('What of the match is compared, for instance `$version`; the whole tag when absent.'),
      }),
      digestReflectionPolicy: string('Whether the digest of the tag is looked up: once a tag, or again and again.', {
        enum: ['Always', 'IfNotPresent', 'Never'],
        default: 'Never',
      }),
      interval: duration('How often the digest is looked up; only with `Always`.'),
      suspend: suspend(),
    },
    {
      rules: [
        {
          rule: "!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')",
          message: "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'",
        },
        {
          rule: "has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'",
          message: "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
        },
      ],
    },
  )
}

function status() {
  return object(
    'What was chosen and what the controller observed.',
    {
      ...reconcileStatus(),
      latestRef: imageRef('The image that is chosen now.'),
      observedPreviousRef: imageRef('The image that was chosen before.'),
    },
    unobserved(),
  )
}

export const imagePolicy = defineKind({
  ...imageKind,
  kind: 'ImagePolicy',
  plural: 'imagepolicies',
  singular: 'imagepolicy',
  shortNames: ['imgpol', 'imagepol'],
  description: 'A rule that chooses one tag of an image.',
  component: controllers.imageReflector,
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      columns: [
        fieldColumn('Image', '.status.latestRef.name'),
        fieldColumn('Tag', '.status.latestRef.tag'),
        readyColumn,
        statusColumn,
        ageColumn,
      ],
      spec,
      status,
    },
  ],
})

export type ImagePolicy = Resource<typeof imagePolicy>
