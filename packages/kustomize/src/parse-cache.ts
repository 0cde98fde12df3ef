/**
 * Parsed files by content: two builds, or two revisions, that read the same bytes parse them once. What is cached is never changed; builds copy it.
 */
import { type LoadedFile, textOfFile } from './loader.ts'
import { type ReadLimits, type ReadObject, readObjects } from './read-objects.ts'
import { clone } from './tree.ts'

/** A bounded map is enough; the caller owns it and decides how long it lives. */
export interface ParseCache {
  get(digest: string): readonly ReadObject[] | undefined
  set(digest: string, objects: readonly ReadObject[]): unknown
}

export const noCache: ParseCache = { get: () => undefined, set: () => undefined }

/** A cache that forgets the files that were not used for longest. `maxFiles` bounds it. */
export function boundedParseCache(maxFiles: number): ParseCache {
  const files = new Map<string, readonly ReadObject[]>()
  return {
    get(digest) {
      const objects = files.get(digest)
      if (objects) {
        files.delete(digest)
        files.set(digest, objects)
      }
      return objects
    },
    set(digest, objects) {
      files.set(digest, objects)
      const [oldest] = files.keys()
      if (files.size > maxFiles && oldest !== undefined) files.delete(oldest)
    },
  }
}

/** The objects of a file, for the caller to change: those that are kept for others are copied. */
export function parsedObjects(file: LoadedFile, cache: ParseCache, limits: ReadLimits): ReadObject[] {
  const isCacheable = cache !== noCache && file.digest !== ''
  const known = isCacheable ? cache.get(file.digest) : undefined
  const objects = known ?? readObjects(textOfFile(file), file.path, limits)
  if (!isCacheable) return [...objects]
  if (!known) cache.set(file.digest, objects)
  return objects.map(({ object, line }) => ({ object: clone(object), line }))
}
