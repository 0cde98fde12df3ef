/**
 * Field selectors (`metadata.name=a,status.phase!=Running`). Which fields a kind may be selected by is the kind's business;
 * the grammar and the errors are apimachinery's fields package.
 */
import type { KubeObject } from '@sluice/api'
import { badRequest, quoted } from '../api-error.ts'
import type { ServedVersion } from '../resources/resource-type.ts'

export type FieldMatch = (object: KubeObject) => boolean

export interface FieldTerm {
  field: string
  negative: boolean
  value: string
}

export interface FieldSelector {
  terms: FieldTerm[]
  matches: FieldMatch
  /** The value that `metadata.name` must have, when the selector says so. */
  name: string | undefined
  namespace: string | undefined
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const out: string[] = []
  let term = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') {
      term += c + (text[i + 1] ?? '')
      i++
    } else if (c === ',') {
      out.push(term)
      term = ''
    } else term += c
  }
  out.push(term)
  return out
}

function unescaped(value: string, all: string): string {
  let out = ''
  for (let i = 0; i < value.length; i++) {
    if (value[i] !== '\\') {
      if (value[i] === '=') throw badRequest(`invalid field selector: invalid field selector value ${quoted(all)}`)
      out += value[i]
      continue
    }
    const next = value[++i]
    if (next !== '\\' && next !== ',' && next !== '=') {
      throw badRequest(`invalid field selector: ${next ?? ''}`)
    }
    out += next
  }
  return out
}

export function fieldTerms(text: string): FieldTerm[] {
  return splitTerms(text)
    .filter(term => term !== '')
    .map(term => {
      const match = /^((?:[^=!\\]|!(?!=)|\\.)*)(!=|==|=)(.*)$/s.exec(term)
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
      const [, field = '', operator, value = ''] = match
      return { field, negative: operator === '!=', value: unescaped(value, value) }
    })
}

type Reader = (object: KubeObject) => string

function at(object: KubeObject, path: string): string {
  let value: unknown = object
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return ''
    value = (value as Record<string, unknown>)[key]
  }
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

function reader(field: string, served: ServedVersion): Reader {
  const { type } = served
  if (field === 'metadata.name') return o => o.metadata.name
  if (field === 'metadata.namespace' && type.namespaced) return o => o.metadata.namespace ?? ''
  const own = type.strategy.fields?.[field]
  if (own) return own
  if (served.selectableFields?.includes(field)) return o => at(o, field)
  if (type.custom || type.strategy.ownFieldLabels) throw badRequest(`field label not supported: ${field}`)
  throw badRequest(`${quoted(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`)
}

/** Undefined for the empty selector. Throws 400 for what cannot be read or what the kind does not know. */
export function fieldSelector(text: string | null | undefined, served: ServedVersion): FieldSelector | undefined {
  if (!text) return undefined
  const terms = fieldTerms(text)
  if (terms.length === 0) return undefined
  const tests = terms.map(({ field, negative, value }) => {
    const read = reader(field, served)
    return (object: KubeObject) => (read(object) === value) !== negative
  })
  const exact = (field: string) => terms.find(t => t.field === field && !t.negative)?.value
  return {
    terms,
    matches: object => tests.every(test => test(object)),
    name: exact('metadata.name'),
    namespace: exact('metadata.namespace'),
  }
}
