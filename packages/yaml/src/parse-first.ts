/** Reads a text of one document: by the fast reader where that is sure, else by the whole language. */
import { defaultLength, type ParseOptions, parseDocuments } from './parse-documents.ts'
import { readPlainYaml } from './plain-yaml.ts'

/**
 * The value of a text that holds one document; undefined when it is empty. Further documents are ignored, as Go's Unmarshal does.
 * @throws {YamlError}
 */
export function parseFirst(text: string, options: ParseOptions = {}): unknown {
  const { dialect = '1.1', keepSource = false, maxDepth, maxLength = defaultLength } = options
  const mayBePlain = dialect === '1.1' && !keepSource && maxDepth === undefined && text.length <= maxLength
  const value = mayBePlain ? readPlainYaml(text) : undefined
  return value === undefined ? parseDocuments(text, options)[0]?.value : value
}
