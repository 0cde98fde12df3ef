/**
 * The JSON patch (RFC 6902) from one value to another, as the wI2L/jsondiff library with its option `Rationalize`
 * writes it: where replacing a whole table or list is shorter than the single operations, it is replaced. Flux counts
 * these operations in what it tells of drift.
 */
import { isDeepStrictEqual } from 'node:util'
import type { JsonPatchOperation } from '../action/object-change.ts'
import { goEscaped } from '../record/go-json.ts'

type Table = Record<string, unknown>

export function jsonDiff(from: unknown, to: unknown): JsonPatchOperation[] {
  const patch: JsonPatchOperation[] = []
  diff('', from, to, patch)
  return patch
}

function diff(path: string, from: unknown, to: unknown, patch: JsonPatchOperation[]): void {
  if (isDeepStrictEqual(from, to)) return
  const size = patch.length
  if (Array.isArray(from) && Array.isArray(to)) diffLists(path, from, to, patch)
  else if (isTable(from) && isTable(to)) diffTables(path, from, to, patch)
  else {
    patch.push({ op: path === '' ? 'add' : 'replace', path, value: to })
    return
  }
  const whole: JsonPatchOperation = { op: 'replace', path, value: to }
  const single = patch.slice(size)
  const length = single.reduce((sum, operation) => sum + lengthOf(operation), single.length - 1)
  if (length > lengthOf(whole)) patch.splice(size, single.length, whole)
}

function diffTables(path: string, from: Table, to: Table, patch: JsonPatchOperation[]): void {
  for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!Object.hasOwn(to, key)) patch.push({ op: 'remove', path: at })
    else if (!Object.hasOwn(from, key)) patch.push({ op: 'add', path: at, value: to[key] })
    else diff(at, from[key], to[key], patch)
  }
}

/** What is too much goes from the end, before the rest is compared place by place. */
function diffLists(path: string, from: readonly unknown[], to: readonly unknown[], patch: JsonPatchOperation[]): void {
  const common = Math.min(from.length, to.length)
  for (let at = common; at < from.length; at++) patch.push({ op: 'remove', path: `${path}/${common}` })
  for (let at = 0; at < common; at++) diff(`${path}/${at}`, from[at], to[at], patch)
  for (const value of to.slice(common)) patch.push({ op: 'add', path: `${path}/-`, value })
}

/** Bytes of an operation as Go writes it. */
function lengthOf(operation: JsonPatchOperation): number {
  const base = '{"op":"","path":""}'.length + operation.op.length + operation.path.length
  if (operation.op === 'remove') return base
  return base + ',"value":'.length + Buffer.byteLength(goEscaped(JSON.stringify(operation.value)))
}

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)
