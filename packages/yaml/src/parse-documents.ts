/**
 * Texts of YAML into values: by the fast reader where that is sure, else by that of the whole language, which is loaded when first needed in what
 * is bundled.
 */
import { readPlainYaml } from './plain-yaml.ts'
import { readDocuments } from './read-documents.ts'
import type { Dialect } from './resolve-plain.ts'
import { YamlError } from './yaml-error.ts'

export interface ParseOptions {
  /** Path for error messages. */
  file?: string
  /** `1.1` (default) reads as sigs.k8s.io/yaml, `1.2` as go-yaml v3. */
  dialect?: Dialect
  /**
   * A key written twice in one mapping: `error` (default), or one of them counts, as in Go's lenient readers. `annotations` is an error except in the
   * annotations of an object, where the last one counts: kustomize writes those anew before it looks.
   */
  duplicateKeys?: 'error' | 'first' | 'last' | 'annotations'
  /** Keep how plain scalars are written where the value does not tell it: see SourceScalar. Off by default. */
  keepSource?: boolean
  /** Largest text, in UTF-16 code units; default 32 Mi. */
  maxLength?: number
  /** Deepest nesting; default 500, at most 1,000, where go-yaml stops at 10,000. */
  maxDepth?: number
}

export interface YamlDocument {
  value: unknown
  /** 1-based line of the first node of the document. */
  line: number
}

/**
 * All documents of a text in order; empty ones (nothing, comments or a null) are left out.
 * @throws {YamlError}
 */
export function parseDocuments(text: string, options: ParseOptions = {}): YamlDocument[] {
  const value = plainValue(text, options)
  return value === undefined ? readDocuments(text, options) : [{ value, line: firstLine(text) }]
}

/**
 * The value of a text that holds one document; undefined when it is empty. Further documents are not looked at, as by Go's Unmarshal.
 * @throws {YamlError}
 */
export function parseFirst(text: string, options: ParseOptions = {}): unknown {
  return plainValue(text, options) ?? readDocuments(text, options, true)[0]?.value
}

const defaultLength = 32 * 1024 * 1024
/** Deeper than the fast reader ever goes: a lower limit is left to the other. */
const deepest = 200

/** What the fast reader is sure of. */
function plainValue(text: string, options: ParseOptions): unknown {
  const { dialect, file, keepSource, maxDepth = deepest, maxLength = defaultLength } = options
  if (text.length > maxLength) throw new YamlError(`the text is longer than ${maxLength} characters`, { file })
  return maxDepth >= deepest ? readPlainYaml(text, dialect, keepSource) : undefined
}

/** That of the first node: behind blank lines, comments and the mark of a document. */
function firstLine(text: string): number {
  const before = /^(?:(?: *(?:#.*)?|---)\n)*/.exec(text)?.[0] ?? ''
  return before.split('\n').length
}
