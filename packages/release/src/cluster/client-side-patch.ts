import type { KubeObject } from '@sluice/api'
import { schemaOf } from '@sluice/api/builtin'
import type { Json } from './json-fields.ts'
import { threeWayMergePatch, twoWayMergePatch } from './merge-diff.ts'
import { threeWayPatch } from './strategic-diff.ts'

/**
 * The patch that Helm would send without server-side apply: a strategic three-way merge for built-in kinds, for
 * others a JSON merge of what the release wanted and wants (so that live edits survive), or, with
 * `threeWayForCustom`, of what is live, too.
 */
export function clientSidePatch(
  original: KubeObject,
  modified: KubeObject,
  live: KubeObject,
  threeWayForCustom: boolean,
): { type: 'strategic' | 'merge'; patch: Json } {
  const schema = schemaOf(modified.apiVersion, modified.kind)
  if (schema) return { type: 'strategic', patch: threeWayPatch(schema, original, modified, live) }
  const patch = threeWayForCustom ? threeWayMergePatch(original, modified, live) : twoWayMergePatch(original, modified)
  return { type: 'merge', patch }
}
