/** JSON patch (RFC 6902) with the server's limits and answers: whatever fails inside a patch gives the same 422. */
import { equal, isObject } from './json.ts'
import { MergeError } from './merge-error.ts'

const maxOperations = 10_000

class Refused extends Error {}

type Edit = (container: unknown, key: string) => unknown

/**
 * Shares what does not change with the target.
 * @throws MergeError 400 when the patch is no list of operations, 413 when it is too long, 422 when an operation fails
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    const type = isObject(patch)
      ? 'object'
      : patch === null
        ? 'null'
        : typeof patch === 'boolean'
          ? 'bool'
          : typeof patch
    const message = `error decoding patch: json: cannot unmarshal ${type} into Go value of type []handlers.jsonPatchOp`
    throw new MergeError(400, 'BadRequest', message)
  }
  if (patch.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`
    throw new MergeError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`)
  }
  try {
    return patch.reduce(perform, target)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new MergeError(422, 'Invalid', 'the server rejected our request due to an error in our request')
  }
}

function perform(document: unknown, operation: unknown): unknown {
  if (!isObject(operation) || typeof operation.path !== 'string') throw new Refused('no path')
  const { op, value } = operation
  const path = pointer(operation.path)
  switch (op) {
    case 'add':
      return edit(document, path, insertion(value))
    case 'remove':
      return edit(document, path, removal)
    case 'replace':
      return path.length === 0 ? value : edit(document, path, replacement(value))
    case 'test': {
      // What is not there equals null, as the server's library has it.
      const found = valueAt(document, path)
      if (!equal(found ?? null, value ?? null)) throw new Refused('test failed')
      return document
    }
    case 'copy':
    case 'move': {
      if (typeof operation.from !== 'string') throw new Refused('no from')
      const from = pointer(operation.from)
      const moved = valueAt(document, from)
      if (moved === undefined) throw new Refused('nothing there')
      return edit(op === 'move' ? edit(document, from, removal) : document, path, insertion(moved))
    }
    default:
      throw new Refused('unknown operation')
  }
}

function pointer(text: string): string[] {
  if (text === '') return []
  if (!text.startsWith('/')) throw new Refused('not a pointer')
  return text
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The position a key names in a list; negative ones count from the end. */
function position(list: unknown[], key: string, end: number): number {
  if (!/^-?(0|[1-9]\d*)$/.test(key)) throw new Refused('not an index')
  const at = Number(key) < 0 ? Number(key) + list.length : Number(key)
  if (at < 0 || at > end) throw new Refused('out of range')
  return at
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document
  for (const [depth, key] of path.entries()) {
    const last = depth === path.length - 1
    if (Array.isArray(value)) {
      if (last && !/^-?\d+$/.test(key)) throw new Refused('not an index')
      value = value[position(value, key, value.length - 1)]
    } else if (isObject(value) && (last || Object.hasOwn(value, key))) {
      value = Object.hasOwn(value, key) ? value[key] : undefined
    } else throw new Refused('nothing there')
  }
  return value
}

function edit(document: unknown, path: readonly string[], change: Edit): unknown {
  const [key, ...rest] = path
  if (key === undefined) return change(undefined, '')
  if (rest.length === 0) return change(document, key)
  if (Array.isArray(document)) {
    const at = position(document, key, document.length - 1)
    return document.with(at, edit(document[at], rest, change))
  }
  if (!isObject(document) || !Object.hasOwn(document, key)) throw new Refused('nothing there')
  return { ...document, [key]: edit(document[key], rest, change) }
}

const insertion =
  (value: unknown): Edit =>
  (container, key) => {
    if (container === undefined) return value
    if (Array.isArray(container)) {
      const at = key === '-' ? container.length : position(container, key, container.length)
      return container.toSpliced(at, 0, value)
    }
    if (!isObject(container)) throw new Refused('not a container')
    return { ...container, [key]: value }
  }

const removal: Edit = (container, key) => {
  if (Array.isArray(container)) return container.toSpliced(position(container, key, container.length - 1), 1)
  if (!isObject(container) || !Object.hasOwn(container, key)) throw new Refused('nothing there')
  const { [key]: _, ...rest } = container
  return rest
}

const replacement =
  (value: unknown): Edit =>
  (container, key) => {
    if (Array.isArray(container)) return container.with(position(container, key, container.length - 1), value)
    if (!isObject(container) || !Object.hasOwn(container, key)) throw new Refused('nothing there')
    return { ...container, [key]: value }
  }
