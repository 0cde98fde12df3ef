/**
 * Changes values in the text of a kustomization and leaves all else as its author wrote it: comments, order, indentation, quotes. Where the text is too unusual
 * for that (flow style, anchors), the field is written anew; the result is read back in every case, so that it always means what was asked for.
 */
import { parseFirst, stringify } from '@sluice/yaml'
import { equalValues } from './tree.ts'

type Mapping = Record<string, unknown>

/** An entry of a mapping or an item of a sequence, with the comments and blank lines above it. */
interface Part {
  above: string[]
  lines: string[]
  key: string
}

export function editText(text: string, before: Mapping, after: Mapping): string {
  if (equalValues(before, after)) return text
  const lines = text.trim() === '' ? [] : text.replace(/\n$/, '').split('\n')
  const edits = [() => editMapping(lines, 0, before, after), () => rewriteFields(lines, before, after)]
  for (const edit of edits) {
    const edited = `${edit().join('\n').replace(/^\n+/, '')}\n`
    if (means(edited, after)) return edited
  }
  return stringify(after)
}

function means(text: string, value: Mapping): boolean {
  try {
    return equalValues(parseFirst(text) ?? {}, value)
  } catch {
    return false
  }
}

function rewriteFields(lines: string[], before: Mapping, after: Mapping): string[] {
  const { parts, below } = partsOf(lines, mappingEntry(0))
  const kept = parts.filter(part => part.key in after)
  const written = kept.flatMap(part => [
    ...part.above,
    ...(equalValues(before[part.key], after[part.key]) ? part.lines : rendered({ [part.key]: after[part.key] })),
  ])
  const added = Object.keys(after).filter(key => !(key in before))
  return [...written, ...added.flatMap(key => rendered({ [key]: after[key] })), ...below]
}

function editMapping(lines: string[], indent: number, before: Mapping, after: Mapping): string[] {
  const { parts, below } = partsOf(lines, mappingEntry(indent))
  const written: string[] = []
  for (const part of parts) {
    written.push(...part.above)
    if (part.key in after) written.push(...editEntry(part, indent, before[part.key], after[part.key]))
  }
  for (const key of Object.keys(after)) {
    if (!(key in before)) written.push(...rendered({ [key]: after[key] }, indent))
  }
  return [...written, ...below]
}

function editEntry({ key, lines }: Part, indent: number, before: unknown, after: unknown): string[] {
  if (equalValues(before, after)) return lines
  const [head = '', ...body] = lines
  const [, name = '', value = '', comment = ''] =
    /^(\s*[^\s:]+:)\s*("[^"]*"|'[^']*'|[^\s#]*)(\s+#.*)?$/.exec(head) ?? []
  if (name !== '' && value === '') {
    const bodyIndent = indentOf(body)
    if (Array.isArray(before) && Array.isArray(after) && after.length > 0) {
      return [head, ...editSequence(body, bodyIndent, before, after)]
    }
    if (isMapping(before) && isMapping(after) && Object.keys(after).length > 0) {
      return [head, ...editMapping(body, bodyIndent, before, after)]
    }
  }
  if (name !== '' && body.length === 0 && typeof after === 'string' && !after.includes('\n')) {
    return [`${name} ${stringify(after).trimEnd()}${comment}`]
  }
  return rendered({ [key]: after }, indent)
}

function editSequence(lines: string[], indent: number, before: unknown[], after: unknown[]): string[] {
  const { parts, below } = partsOf(lines, new RegExp(`^ {${indent}}-(?: |$)()`))
  const free = new Set(before.keys())
  const take = (fits: (item: unknown) => boolean): number | undefined => {
    const found = [...free].find(index => fits(before[index]))
    if (found !== undefined) free.delete(found)
    return found
  }
  const same = after.map(item => take(old => equalValues(old, item)))
  const written = after.flatMap((item, at) => {
    const equal = same[at]
    const equalPart = equal === undefined ? undefined : parts[equal]
    if (equalPart) return [...equalPart.above, ...equalPart.lines]
    const changed = isMapping(item) ? take(old => isMapping(old) && old.name === item.name) : undefined
    const part = changed === undefined ? undefined : parts[changed]
    if (!part || changed === undefined) return rendered([item], indent)
    return [...part.above, ...editItem(part.lines, indent, before[changed] as Mapping, item as Mapping)]
  })
  return [...written, ...below]
}

/** A mapping that is an item: edited as if its dash were a blank. */
function editItem(lines: string[], indent: number, before: Mapping, after: Mapping): string[] {
  const [head = '', ...rest] = lines
  const opened = `${' '.repeat(indent)} ${head.slice(indent + 1)}`
  const [first = '', ...others] = editMapping([opened, ...rest], indentOf([opened]), before, after)
  return [`${first.slice(0, indent)}-${first.slice(indent + 1)}`, ...others]
}

function partsOf(lines: string[], start: RegExp): { parts: Part[]; below: string[] } {
  const parts: Part[] = []
  let gap: string[] = []
  for (const line of lines) {
    const match = start.exec(line)
    const last = parts.at(-1)
    if (match) parts.push({ above: gap, lines: [line], key: (match[1] ?? '').replaceAll(/["']/g, '') })
    else if (/^\s*(?:#.*|---.*)?$/.test(line) || !last) {
      gap.push(line)
      continue
    } else last.lines.push(...gap, line)
    gap = []
  }
  return { parts, below: gap }
}

function mappingEntry(indent: number): RegExp {
  return new RegExp(`^ {${indent}}("[^"]*"|'[^']*'|[^\\s#:-][^\\s:]*):(?=\\s|$)`)
}

function indentOf(lines: string[]): number {
  const first = lines.find(line => /^\s*[^\s#]/.test(line))
  return first === undefined ? 0 : first.search(/\S/)
}

function rendered(value: unknown, indent = 0): string[] {
  const lines = stringify(value).trimEnd().split('\n')
  return lines.map(line => (line === '' ? line : ' '.repeat(indent) + line))
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
