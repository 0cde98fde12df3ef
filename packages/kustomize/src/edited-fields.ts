/**
 * A kustomization file as the fields to edit: read, changed by a function, and written back with the rest of its text as it was.
 */
import { parseFirst, YamlError } from '@sluice/yaml'
import { editText } from './edit-text.ts'
import { KustomizeError } from './kustomize-error.ts'

export type Fields = Record<string, unknown>
export type NamedFields = Fields & { name: unknown }

export interface EditableFile {
  path: string
  text: string
}

export function edited(file: EditableFile, change: (fields: Fields) => void): string {
  const before = readFields(file)
  const after = structuredClone(before)
  change(after)
  return editText(file.text, before, after)
}

export function readFields({ path, text }: EditableFile): Fields {
  try {
    const value = parseFirst(text, { file: path }) ?? {}
    if (isFields(value)) return value
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new KustomizeError(error.message, { file: path, ...(error.line && { line: error.line }) })
  }
  throw new KustomizeError('a kustomization is a mapping of fields', { file: path })
}

export function listOf(fields: Fields, field: string, file: EditableFile): unknown[] {
  const list = fields[field] ?? []
  if (Array.isArray(list)) return list
  throw new KustomizeError(`${field} is no list`, { file: file.path })
}

export function mapOf(fields: Fields, field: string, file: EditableFile): Fields {
  const map = fields[field] ?? {}
  if (isFields(map)) return map
  throw new KustomizeError(`${field} is no mapping`, { file: file.path })
}

/** An empty list leaves no field. */
export function setList(fields: Fields, field: string, list: unknown[]): void {
  if (list.length > 0) fields[field] = list
  else delete fields[field]
}

export function replaceNamed(list: Fields[], item: NamedFields): void {
  const at = list.findIndex(old => old.name === item.name)
  if (at >= 0) list[at] = item
  else list.push(item)
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
