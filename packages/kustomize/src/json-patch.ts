/**
 * JSON patch (RFC 6902) with the habits of the Go library kustomize uses (evanphx/json-patch v4): `replace` makes a missing key, indexes may be negative.
 * Works on plain JSON in place.
 */
import { parseFirst, YamlError } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'
import { clone, equalValues, isMapping, own, put } from './tree.ts'

export interface JsonPatchOperation {
  op: string
  path: string | undefined
  from: string | undefined
  value: unknown
}

/** Reads the operations from JSON or YAML text; undefined when the text is no list of operations. */
export function parseJsonPatch(text: string): JsonPatchOperation[] | undefined {
  let value: unknown
  try {
    // What begins as JSON must be JSON, and not YAML that looks like it.
    if (text.startsWith('[')) JSON.parse(text)
    value = parseFirst(text, { duplicateKeys: 'last' })
  } catch (error) {
    if (error instanceof YamlError || error instanceof SyntaxError) return undefined
    throw error
  }
  if (!Array.isArray(value) || !value.every(isMapping)) return undefined
  return value.map(operation => ({
    op: typeof operation.op === 'string' ? operation.op : 'unknown',
    path: textField(operation.path),
    from: textField(operation.from),
    value: own(operation, 'value') ?? null,
  }))
}

function textField(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Applies all operations in turn and returns the document. */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  let root = document
  for (const operation of operations) root = applied(root, operation)
  return root
}

function applied(root: unknown, { op, path, from, value }: JsonPatchOperation): unknown {
  if (!['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(op)) {
    throw new KustomizeError(`Unexpected kind: ${op} (use add, remove, replace, move, copy or test)`)
  }
  if (path === undefined)
    throw new KustomizeError(`${op} operation failed to decode path: operation missing path field`)
  switch (op) {
    case 'add': {
      const place = find(root, path) ?? missing(`add operation does not apply: doc is missing path: "${path}"`)
      insert(place, clone(value), `error in add for path: '${path}'`)
      return root
    }
    case 'remove': {
      const place = find(root, path) ?? missing(`remove operation does not apply: doc is missing path: "${path}"`)
      remove(place, `error in remove for path: '${path}'`)
      return root
    }
    case 'replace': {
      if (path === '') return clone(value)
      const place = find(root, path) ?? missing(`replace operation does not apply: doc is missing path: ${path}`)
      if (isMapping(place.container)) put(place.container, place.key, clone(value))
      else {
        const index = indexIn(place.container, place.key, place.container.length - 1)
        if (index === undefined) return missing(`replace operation does not apply: doc is missing key: ${path}`)
        place.container[index] = clone(value)
      }
      return root
    }
    case 'move': {
      if (from === undefined) return missing('move operation failed to decode from: operation, missing from field')
      const source = find(root, from) ?? missing(`move operation does not apply: doc is missing from path: ${from}`)
      const moved = get(source, `error in move for path: '${from}'`)
      remove(source, `error in move for path: '${from}'`)
      const place =
        find(root, path) ?? missing(`move operation does not apply: doc is missing destination path: ${path}`)
      insert(place, moved ?? null, `error in move for path: '${path}'`)
      return root
    }
    case 'copy': {
      if (from === undefined) return missing('copy operation failed to decode from: operation, missing from field')
      const source = find(root, from) ?? missing(`copy operation does not apply: doc is missing from path: ${from}`)
      const copied = clone(get(source, `error in copy for from: '${from}'`) ?? null)
      const place =
        find(root, path) ?? missing(`copy operation does not apply: doc is missing destination path: ${path}`)
      insert(place, copied, `error while adding value during copy`)
      return root
    }
    default: {
      const found =
        path === ''
          ? root
          : get(
              find(root, path) ?? missing(`test operation does not apply: is missing path: ${path}`),
              `error in test for path: '${path}'`,
            )
      if (!equalValues(found ?? null, value)) throw new KustomizeError(`testing value ${path} failed: test failed`)
      return root
    }
  }
}

interface Place {
  container: Record<string, unknown> | unknown[]
  key: string
}

function missing(text: string): never {
  throw new KustomizeError(`${text}: missing value`)
}

function decodedPart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The container that holds the last part of a path, undefined when some part before it does not exist. */
function find(root: unknown, path: string): Place | undefined {
  const parts = path.split('/')
  if (parts.length < 2) return undefined
  let node = root
  for (const part of parts.slice(1, -1)) {
    const key = decodedPart(part)
    if (Array.isArray(node)) {
      const index = indexIn(node, key, node.length - 1)
      if (index === undefined) return undefined
      node = node[index]
    } else if (isMapping(node)) node = own(node, key)
    else return undefined
  }
  const key = decodedPart(parts.at(-1) ?? '')
  return Array.isArray(node) || isMapping(node) ? { container: node, key } : undefined
}

/** A list index as Go's Atoi reads it; negative ones count from the end. Undefined when it is none or out of range. */
function indexIn(list: readonly unknown[], key: string, last: number): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined
  let index = Number(key)
  if (index < 0) index += last + 1
  return index >= 0 && index <= last && list.length >= last ? index : undefined
}

function badIndex(context: string, key: string): never {
  throw new KustomizeError(
    /^[-+]?\d+$/.test(key)
      ? `${context}: Unable to access invalid index: ${Number(key)}: invalid index referenced`
      : `${context}: value was not a proper array index: '${key}'`,
  )
}

function get({ container, key }: Place, context: string): unknown {
  if (isMapping(container)) return own(container, key)
  const index = indexIn(container, key, container.length - 1)
  return index === undefined ? badIndex(context, key) : container[index]
}

function insert({ container, key }: Place, value: unknown, context: string): void {
  if (isMapping(container)) put(container, key, value)
  else if (key === '-') container.push(value)
  else {
    const index = indexIn(container, key, container.length)
    if (index === undefined) badIndex(context, key)
    container.splice(index, 0, value)
  }
}

function remove({ container, key }: Place, context: string): void {
  if (isMapping(container)) {
    if (!Object.hasOwn(container, key)) missing(`${context}: Unable to remove nonexistent key: ${key}`)
    delete container[key]
    return
  }
  const index = indexIn(container, key, container.length - 1)
  if (index === undefined) badIndex(context, key)
  container.splice(index, 1)
}
