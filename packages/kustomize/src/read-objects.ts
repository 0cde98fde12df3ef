/**
 * Turns YAML text into the objects kustomize would see: several documents, lists taken apart, and each object checked for what every step needs.
 */
import { parseDocuments, YamlError } from '@sluice/yaml'
import { type ErrorPlace, KustomizeError } from './kustomize-error.ts'
import { at, isEmpty, isMapping, isNull, type Mapping, own, plain, stringMap, textOf } from './tree.ts'

export interface ReadObject {
  object: Mapping
  /** 1-based line of the document it was read from. */
  line: number
}

export interface ReadLimits {
  /** Bytes of one file, and characters of one text; default 32 Mi of characters. */
  maxFileLength?: number
  /** Levels of nesting in one document; default 500. */
  maxDepth?: number
}

export interface ReadOptions extends ReadLimits {
  /** In patches kustomize does not notice a key that comes twice: the first one counts. */
  duplicateKeys?: 'error' | 'first'
}

/** Throws KustomizeError with file and line; `MalformedYAMLError` in the message when the syntax is wrong. */
export function readObjects(text: string, file: string, options: ReadOptions = {}): ReadObject[] {
  const separator = /\n---[^\S\n]*[^\s#].*\n/.exec(text)
  if (separator) {
    throw new KustomizeError(`invalid document separator: ${separator[0].trim()}`, {
      file,
      cure: 'after --- only a comment may follow',
    })
  }
  // The real one takes a text apart at the lines of dashes before it reads it.
  const directive = /^(?:(?:#[^\n]*)?\n)*%[^\n]*\n---/.exec(text)
  if (directive) {
    throw new KustomizeError('MalformedYAMLError: yaml: line 1: did not find expected <document start>', {
      file,
      line: directive[0].split('\n').length - 1,
      cure: 'take the line that begins with % out',
    })
  }
  const documents = parsed(text, file, options)
  const [only] = documents
  if (documents.length === 1 && only && isMapping(only.value) && isList(only.value)) {
    const items = own(only.value, 'items')
    const line = only.line
    return expanded(Array.isArray(items) ? items.map(value => ({ value, line })) : [], file)
  }
  return expanded(documents, file)
}

function parsed(text: string, file: string, limits: ReadOptions): { value: unknown; line: number }[] {
  try {
    return parseDocuments(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text, {
      file,
      dialect: '1.2',
      keepSource: true,
      duplicateKeys: limits.duplicateKeys ?? 'annotations',
      ...(limits.maxFileLength !== undefined && { maxLength: limits.maxFileLength }),
      ...(limits.maxDepth !== undefined && { maxDepth: limits.maxDepth }),
    })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new KustomizeError(`MalformedYAMLError: ${error.goMessage}`, { file, line: error.line })
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
    const { value: object, line } = document
    checkNamed(object, { file, line })
    const kind = textOf(own(object, 'kind'))
    if (!kind.endsWith('List') || !Object.hasOwn(object, 'items')) {
      objects.push({ object, line: document.line })
      continue
    }
    const items = own(object, 'items')
    if (isNull(items)) continue
    if (!Array.isArray(items)) {
      throw new KustomizeError(`expected array in ${kind}/items, but found ${typeof plain(items)}`, {
        file,
        line: document.line,
      })
    }
    // The real one passes items through JSON, which forgets how scalars were written.
    for (const item of items) if (!isEmpty(item)) queue.push({ value: plain(item), line: document.line })
  }
  return objects
}

/** Throws KustomizeError for an object without kind or name. Patches can take them away, so that it is asked again in the end. */
export function checkNamed(value: unknown, place: ErrorPlace = {}): asserts value is Mapping {
  const fail = (what: string): never => {
    throw new KustomizeError(what, { ...place, cure: 'every object needs apiVersion, kind and metadata.name' })
  }
  const known = isMapping(value) && ['apiVersion', 'kind', 'metadata'].some(field => !isEmpty(own(value, field)))
  if (!known) return fail('missing Resource metadata')
  const kind = textOf(own(value, 'kind'))
  const name = textOf(at(value, 'metadata', 'name'))
  if (kind === '') return fail(`missing kind in object ${goMetadata(value)}`)
  if (name === '' && !kind.endsWith('List')) return fail(`missing metadata.name in object ${goMetadata(value)}`)
}

/** How Go prints the metadata of an object in these messages. */
function goMetadata(value: Mapping): string {
  const text = (...path: string[]) => textOf(at(value, ...path))
  const map = (field: string) => {
    const entries = [...stringMap(at(value, 'metadata', field))].sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([key, item]) => `${key}:${item}`).join(' ')}]`
  }
  const type = `{${text('apiVersion')} ${text('kind')}}`
  const name = `{${text('metadata', 'name')} ${text('metadata', 'namespace')}}`
  return `{${type} {${name} ${map('labels')} ${map('annotations')}}}`
}

/** Runs a reader and names the file in the message when the YAML does not parse, as the real one does. */
export function namingFile<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof KustomizeError) || !error.message.startsWith('MalformedYAMLError')) throw error
    const { file, line, cure } = error
    throw new KustomizeError(`${error.message} in File: ${path}`, { file, line, cure, cause: error })
  }
}
