/** The patch from a live object to the one that an apply would leave, by the rules of fluxcd/pkg/ssa/jsondiff. */
import type { KubeObject } from '@sluice/api'
import type { JsonPatchOperation } from '../action/object-change.ts'
import { jsonDiff } from './json-diff.ts'

/**
 * Of metadata only labels and annotations count, and only what is added or replaced there; the status does not count.
 */
export function objectDiff(live: KubeObject, wanted: KubeObject): JsonPatchOperation[] {
  const marks = jsonDiff(marksOf(live), marksOf(wanted)).filter(({ op }) => op !== 'remove')
  return [...marks, ...jsonDiff(contentOf(live), contentOf(wanted))]
}

/** With the name: where there are no marks yet, they alone are added, not a whole new metadata. */
function marksOf({ metadata }: KubeObject): Record<string, unknown> {
  const { name, annotations, labels } = metadata
  return { metadata: { name, ...(annotations && { annotations }), ...(labels && { labels }) } }
}

function contentOf(object: KubeObject): Record<string, unknown> {
  const { metadata: _, status: __, ...content } = object
  return content
}

/** For people: the values of a Secret are not shown. */
export function maskedPatch(object: KubeObject, patch: readonly JsonPatchOperation[]): JsonPatchOperation[] {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return [...patch]
  return patch.map(operation => {
    if (operation.op === 'remove' || !/^(?:$|\/(?:data|stringData)(?:\/|$))/.test(operation.path)) return operation
    return { ...operation, value: masked(operation.value, operation.op === 'add' ? '***' : '*** (after)') }
  })
}

function masked(value: unknown, mask: string): unknown {
  if (typeof value !== 'object' || value === null) return mask
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, mask)]))
}

/** What a manifest leaves to the server's defaults or conversions where an apply would take it for a change. */
export function normalObject(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object
  const normal: KubeObject = { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata }
  return object.kind === 'Secret' && object.apiVersion === 'v1' ? withData(normal) : normal
}

/** `stringData` as `data`: of the first the server remembers nothing. */
function withData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object
  if (typeof stringData !== 'object' || stringData === null) return object
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')])
  const data = typeof object.data === 'object' && object.data !== null ? object.data : {}
  const { apiVersion, kind, metadata } = object
  return { ...rest, apiVersion, kind, metadata, data: { ...data, ...Object.fromEntries(encoded) } }
}
