/**
 * Configuration files of a build as values: one document, with what is wrong told as the build's own error.
 */
import { parseFirst, YamlError } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'

/** Undefined when the text is empty. A key that comes twice is refused when `strict`, else its last value counts. */
export function parseFile(text: string, file: string, strict = false): unknown {
  try {
    return parseFirst(text, { file, duplicateKeys: strict ? 'error' : 'last' })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new KustomizeError(error.goMessage, { file, line: error.line })
  }
}
