/**
 * Configuration files of a build as values: one document, with what is wrong told as the build's own error.
 */
import { parseFirst, YamlError } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'

/** Undefined when the text is empty. A key that comes twice is refused when `strict`, else its last value counts. */
export function parseFile(text: string, file: string, strict = false): unknown {
  try {
    return parseFirst(firstDocument(text), { file, duplicateKeys: strict ? 'error' : 'last' })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    // The real one reads no further than the first document, and does not notice what cannot begin another.
    const { line } = error
    if (line !== undefined && line > 1 && error.reason.includes('did not find expected <document start>')) {
      const first = text
        .split('\n')
        .slice(0, line - 1)
        .join('\n')
      // Lines may end otherwise, too: then less of the text is left out, or nothing.
      if (first.length < text.length) return parseFile(first, file, strict)
    }
    throw new KustomizeError(error.goMessage, { file, line: error.line })
  }
}

/** The text up to the mark that ends its first document: nobody looks at what follows, and an empty document counts. */
function firstDocument(text: string): string {
  let from = 0
  for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) {
    if (from > 0 || !/^(?:[ \t\r]*(?:[#%].*)?(?:\n|$))*$/.test(text.slice(0, index))) return text.slice(0, index)
    from = index + 3
  }
  return text
}
