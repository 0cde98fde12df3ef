/** What the definitions of all kinds of `image.toolkit.fluxcd.io` have in common. */
import { object, required, string } from '../schema/schema.ts'
import { groups } from '../well-known.ts'

export const imageKind = {
  group: groups.image,
  categories: ['all', 'fluxcd', 'fluxcd-images'],
  scope: 'Namespaced',
} as const

/** One image at one tag, and the digest when it was asked for. */
export function imageRef(description: string) {
  return object(description, {
    name: required(string('Image, without tag.')),
    tag: required(string('Tag.')),
    digest: string('Digest.'),
  })
}
