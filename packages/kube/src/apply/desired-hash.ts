import { createHash } from 'node:crypto'
import type { KubeObject } from '@sluice/api'

/** Tells whether a source still wants the same of an object, and whether the same fields of it are left alone. */
export function desiredHash(object: KubeObject, ignored: readonly string[] = []): string {
  return createHash('sha1')
    .update(JSON.stringify([object, ignored]))
    .digest('base64url')
}
