/** What go-yaml v3 writes in double quotes whatever its style was: characters it takes for unprintable, a blank at the end of a line. */
const inQuotes = /[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]| [\n\u2028\u2029]| $/

/**
 * What becomes of a folded block scalar (`>`) when go-yaml v3 writes it and reads it again, which kustomize does with every object: a line break
 * before a more indented line grows (kustomize issues #3872 and #4201). The content really changes, so an engine that must agree has to do it too.
 */
export function foldedAgain(value: string): string {
  if (!value.includes('\n') || inQuotes.test(value)) return value
  const start = value.search(/[^\n]/)
  if (start < 0) return value
  const blankStart = value[start] === ' ' || value[start] === '\t'
  return value.replace(/([^\n]+)(\n+)(?=([^\n]?))/g, (whole, line: string, breaks: string, next: string) => {
    if (line[0] === ' ' || line[0] === '\t') return whole
    const blankNext = next === ' ' || next === '\t'
    if (blankStart) {
      if (next === '' || blankNext) return whole
      return line + (breaks.length === 1 ? ' ' : breaks.slice(1))
    }
    if (next === '') return breaks.length > 1 ? `${line}\n${breaks}` : whole
    return blankNext ? `${line}\n${breaks}` : whole
  })
}
