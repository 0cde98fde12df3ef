/** `ImageRepository`: the tags of one image. */
import { ageColumn, fieldColumn, readyColumn, statusColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { accessFrom, certSecretRef, proxySecretRef, secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { array, boolean, integer, object, required, string } from '../schema/schema.ts'
import { controllers } from '../well-known.ts'
import { imageKind } from './image-kind.ts'

function spec() {
  return object('Which image, and how often its tags are listed.', {
    image: required(string('Image, without scheme and tag.')),
    interval: required(duration('How often the tags are listed.')),
    timeout: shortDuration('How long listing may take; `interval` when absent.'),
    provider: string('Whose way to log in applies; `generic` reads everything from Secrets.', {
      enum: ['generic', 'aws', 'azure', 'gcp'],
      default: 'generic',
    }),
    secretRef: secretRef('Credentials, a Secret of type `kubernetes.io/dockerconfigjson`.'),
    serviceAccountName: string('Service account whose pull secrets or cloud identity are used.', { maxLength: 253 }),
    certSecretRef: certSecretRef(),
    proxySecretRef: proxySecretRef(),
    insecure: boolean('Allows plain HTTP.'),
    exclusionList: array('Regular expressions of tags to leave out.', string('Expression.'), {
      default: ['^.*\\.sig$'],
      maxItems: 25,
    }),
    accessFrom: accessFrom('Namespaces whose ImagePolicies may use this repository; only its own when absent.'),
    suspend: suspend(),
  })
}

function status() {
  return object(
    'What was listed and what the controller observed.',
    {
      ...reconcileStatus(),
      canonicalImageName: string('Full name of the image, with the registry.'),
      lastScanResult: object('The last listing.', {
        tagCount: required(integer('How many tags were kept.')),
        scanTime: string('When it was.', { format: 'date-time' }),
        latestTags: array('The last few tags in descending order.', string('Tag.')),
        revision: string('Checksum of the kept tags.'),
      }),
      observedExclusionList: array('Value of `spec.exclusionList` in the last listing.', string('Expression.')),
    },
    unobserved(),
  )
}

export const imageRepository = defineKind({
  ...imageKind,
  kind: 'ImageRepository',
  plural: 'imagerepositories',
  singular: 'imagerepository',
  shortNames: ['imgrepo', 'imagerepo'],
  description: 'The tags of a container image, listed regularly.',
  component: controllers.imageReflector,
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      columns: [
        fieldColumn('Image', '.spec.image'),
        fieldColumn('Tags', '.status.lastScanResult.tagCount'),
        readyColumn,
        statusColumn,
        { ...fieldColumn('Last scan', '.status.lastScanResult.scanTime'), priority: 1 },
        ageColumn,
      ],
      spec,
      status,
    },
  ],
})

export type ImageRepository = Resource<typeof imageRepository>
