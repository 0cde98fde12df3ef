import { createHash } from 'node:crypto'
import type { KubeObject } from '@sluice/api'

/** Tells whether a source still wants the same of an object. */
export function desiredHash(object: KubeObject): string {
  return createHash('sha1').update(JSON.stringify(object)).digest('base64url')
}
