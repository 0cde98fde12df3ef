/**
 * The bytes of a list, put together from the bytes of its items. Items of built-in kinds carry no `kind` and `apiVersion` in a
 * list, those of custom kinds do; stored bytes begin with exactly these two, so the former are cut, not re-serialised.
 */
import type { Page } from '../requests/read.ts'
import type { ServedVersion } from '../resources/resource-type.ts'

const open = Buffer.from('{')
const comma = Buffer.from(',')
const end = Buffer.from(']}')

export function listMetadata(page: Page): Record<string, unknown> {
  return {
    ...(page.continue ? { continue: page.continue } : {}),
    ...(page.remaining !== undefined ? { remainingItemCount: page.remaining } : {}),
    resourceVersion: String(page.revision),
  }
}

/** Length of `{"kind":"K","apiVersion":"V",`. */
const headLength = ({ kind, apiVersion }: ServedVersion) =>
  Buffer.byteLength(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`)

export function listBody(served: ServedVersion, page: Page): Buffer {
  const { type, apiVersion } = served
  const head = `{"kind":${JSON.stringify(type.listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(listMetadata(page))},"items":[`
  const parts: Buffer[] = [Buffer.from(head)]
  const cut = type.custom ? 0 : headLength(served)
  let first = true
  for (const item of page.items) {
    if (!first) parts.push(comma)
    first = false
    if (cut) parts.push(open, item.bytes.subarray(cut))
    else parts.push(item.bytes)
  }
  parts.push(end)
  return Buffer.concat(parts)
}
