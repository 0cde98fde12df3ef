import { createHash } from 'node:crypto'
import type { KubeObject } from '@sluice/api'

/** Objects come again as long as nothing changes: a build is remembered with its objects, which nobody writes to. */
const known = new WeakMap<KubeObject, { ignored: string; hash: string }>()

/** Tells whether a source still wants the same of an object, and whether the same fields of it are left alone. */
export function desiredHash(object: KubeObject, ignored: readonly string[] = []): string {
  const fields = JSON.stringify(ignored)
  const before = known.get(object)
  if (before?.ignored === fields) return before.hash
  const hash = createHash('sha1')
    .update(`${JSON.stringify(object)}${fields}`)
    .digest('base64url')
  known.set(object, { ignored: fields, hash })
  return hash
}
