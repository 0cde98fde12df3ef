/**
 * Turns YAML text into the objects kustomize would see: several documents, lists taken apart, and each object checked for what every step needs.
 */
import { parseDocuments, stringify, YamlError } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'
import { isEmpty, isMapping, isMissing, isNull, type Mapping, own, plain, textOf } from './tree.ts'

export interface ReadObject {
  object: Mapping
  /** 1-based line of the document it was read from. */
  line: number
}

export interface ReadLimits {
  /** Characters in one file. */
  maxFileLength?: number
  /** Levels of nesting in one document. */
  maxDepth?: number
}

/** Throws KustomizeError with file and line; `MalformedYAMLError` in the message when the syntax is wrong. */
export function readObjects(text: string, file: string, limits: ReadLimits = {}): ReadObject[] {
  const separator = /\n---[^\S\n]*[^\s#].*\n/.exec(text)
  if (separator) {
    throw new KustomizeError(`invalid document separator: ${separator[0].trim()} in File: ${file}`, { file })
  }
  const documents = parsed(text, file, limits)
  const [only] = documents
  if (documents.length === 1 && only && isMapping(only.value) && isList(only.value)) {
    const items = own(only.value, 'items')
    const line = only.line
    return expanded(Array.isArray(items) ? items.map(value => ({ value, line })) : [], file)
  }
  return expanded(documents, file)
}

function parsed(text: string, file: string, limits: ReadLimits): { value: unknown; line: number }[] {
  try {
    return parseDocuments(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text, {
      file,
      dialect: '1.2',
      keepSource: true,
      ...(limits.maxFileLength !== undefined && { maxLength: limits.maxFileLength }),
      ...(limits.maxDepth !== undefined && { maxDepth: limits.maxDepth }),
    })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new KustomizeError(`MalformedYAMLError: ${error.goMessage} in File: ${file}`, { file, line: error.line })
  }
}

function isList(value: Mapping): boolean {
  const kind = textOf(own(value, 'kind'))
  return (
    (kind === 'List' || kind === 'ResourceList') &&
    (Object.hasOwn(value, 'items') || Object.hasOwn(value, 'functionConfig'))
  )
}

/** Checks objects and takes lists apart; the items of a list come after everything else in the file. */
function expanded(documents: readonly { value: unknown; line: number }[], file: string): ReadObject[] {
  const queue = documents.filter(document => !isEmpty(document.value))
  const objects: ReadObject[] = []
  for (let i = 0; i < queue.length; i++) {
    const document = queue[i]
    if (!document) continue
    const object = checked(document.value, file, document.line)
    const kind = textOf(own(object, 'kind'))
    if (!kind.endsWith('List') || !Object.hasOwn(object, 'items')) {
      objects.push({ object, line: document.line })
      continue
    }
    const items = own(object, 'items')
    if (isNull(items)) continue
    if (!Array.isArray(items)) {
      throw new KustomizeError(`expected array in ${kind}/items, but found ${typeof plain(items)} in File: ${file}`, {
        file,
        line: document.line,
      })
    }
    // The real one passes items through JSON, which forgets how scalars were written.
    for (const item of items) if (!isEmpty(item)) queue.push({ value: plain(item), line: document.line })
  }
  return objects
}

function checked(value: unknown, file: string, line: number): Mapping {
  const fail = (what: string): never => {
    const shown = stringify(plain(value)).split('\n').slice(0, 3).join('; ').slice(0, 200)
    throw new KustomizeError(`${what} in object {${shown}} in File: ${file}`, { file, line })
  }
  if (!isMapping(value)) return fail('missing Resource metadata')
  const kind = textOf(own(value, 'kind'))
  const metadata = own(value, 'metadata')
  if (kind === '') return fail('missing kind')
  if (!kind.endsWith('List')) {
    const name = isMapping(metadata) ? textOf(own(metadata, 'name')) : ''
    if (name === '') return fail('missing metadata.name')
  }
  const hole = emptyItem(value, '')
  if (hole !== undefined) return fail(`empty item at ${hole}`)
  return value
}

/** The path of a list with a null in it. */
function emptyItem(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      if (isMissing(item)) return path
      const found = emptyItem(item, path)
      if (found !== undefined) return found
    }
  } else if (isMapping(value)) {
    for (const key of Object.keys(value)) {
      const field = value[key]
      if (typeof field !== 'object') continue
      const found = emptyItem(field, path === '' ? key : `${path}/${key}`)
      if (found !== undefined) return found
    }
  }
  return undefined
}
