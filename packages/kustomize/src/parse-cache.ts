/**
 * Parsed files by content: two builds, or two revisions, that read the same bytes parse them once. What is cached is never changed; builds copy it.
 */
import { ByteBoundedMap } from './byte-bounded-map.ts'
import { heldBytes } from './held-bytes.ts'
import { type LoadedFile, textOfFile } from './loader.ts'
import { type ReadLimits, type ReadObject, readObjects } from './read-objects.ts'
import { clone } from './tree.ts'

/** A bounded map is enough; the caller owns it and decides how long it lives. */
export interface ParseCache {
  get(digest: string): readonly ReadObject[] | undefined
  set(digest: string, objects: readonly ReadObject[]): unknown
}

export const noCache: ParseCache = { get: () => undefined, set: () => undefined }

/** A cache that holds at most about so many bytes and forgets the files that were not used for longest. */
export function boundedParseCache(maxBytes: number): ParseCache {
  const files = new ByteBoundedMap<readonly ReadObject[]>(maxBytes)
  return {
    get: digest => files.get(digest),
    set: (digest, objects) =>
      files.set(
        digest,
        objects,
        objects.reduce((sum, { object }) => sum + heldBytes(object), 200),
      ),
  }
}

/** The objects of a file, for the caller to change: those that are kept for others are copied. */
export function parsedObjects(file: LoadedFile, cache: ParseCache, limits: ReadLimits): ReadObject[] {
  const digest = cache === noCache ? undefined : file.digest?.()
  if (digest === undefined) return readObjects(textOfFile(file), file.path, limits)
  const known = cache.get(digest)
  const objects = known ?? readObjects(textOfFile(file), file.path, limits)
  if (!known) cache.set(digest, objects)
  return objects.map(({ object, line }) => ({ object: clone(object), line }))
}
