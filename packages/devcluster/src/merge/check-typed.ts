/** Does a value fit its schema as far as merging is concerned? Follows structured-merge-diff's typed validation, its wording included. */
import type { Schema } from '@sluice/api/builtin'
import { elementText } from './fields.ts'
import { isObject } from './json.ts'
import {
  handledAs,
  itemElement,
  type ListStructure,
  type MapStructure,
  type Structure,
  structureOf,
} from './structure.ts'

interface Problem {
  path: string
  message: string
}

/** Go's `%v` of a JSON value in an error text. */
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const goType = (value: unknown) =>
  typeof value === 'string'
    ? 'string'
    : typeof value === 'boolean'
      ? 'bool'
      : Array.isArray(value)
        ? '[]interface {}'
        : 'map[string]interface {}'

/** Undefined when it fits; otherwise the server's text for all that does not. */
export function typedErrors(schema: Schema, value: unknown): string | undefined {
  const problems: Problem[] = []
  check(structureOf(schema), value, '', problems)
  if (problems.length === 0) return undefined
  const texts = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  return texts.length === 1 ? texts[0] : ['errors:', ...texts.map(text => `  ${text}`)].join('\n')
}

function check(structure: Structure, value: unknown, path: string, problems: Problem[]): void {
  const as = handledAs(structure, value)
  if (as === undefined || value === null) return
  switch (as.kind) {
    case 'map':
      if (isObject(value)) checkMap(as, value, path, problems)
      else problems.push({ path, message: `expected map, got &{${shown(value)}}` })
      return
    case 'list':
      if (Array.isArray(value)) checkList(as, value, path, problems)
      else problems.push({ path, message: `expected list, got &{${shown(value)}}` })
      return
    case 'scalar': {
      const type = typeof value
      if (as.type === 'numeric' && type !== 'number') {
        problems.push({ path, message: `expected numeric (int or float), got ${goType(value)}` })
      } else if (as.type === 'string' && type !== 'string') {
        problems.push({ path, message: `expected string, got &value.valueUnstructured{Value:${shown(value)}}` })
      } else if (as.type === 'boolean' && type !== 'boolean') {
        problems.push({ path, message: `expected boolean, got &{${shown(value)}}` })
      } else if (as.type === 'untyped' && type === 'object') {
        problems.push({ path, message: `expected any scalar, got &{${shown(value)}}` })
      }
    }
  }
}

function checkMap(map: MapStructure, value: Record<string, unknown>, path: string, problems: Problem[]): void {
  for (const key in value) {
    const child = map.fields.get(key) ?? map.element
    if (child === undefined) {
      problems.push({ path: `${path}.${key}`, message: 'field not declared in schema' })
      return
    }
    check(structureOf(child), value[key], `${path}.${key}`, problems)
  }
}

function checkList(list: ListStructure, value: unknown[], path: string, problems: Problem[]): void {
  const seen = new Set<string>()
  const element = structureOf(list.element)
  for (const [at, item] of value.entries()) {
    if (list.relation === 'atomic') {
      check(element, item, `${path}[${at}]`, problems)
      continue
    }
    const found = itemElement(list, item)
    if ('error' in found) {
      problems.push({ path, message: `element ${at}: ${found.error}` })
      return
    }
    const text = elementText(found.element)
    if (seen.has(found.element)) problems.push({ path, message: `duplicate entries for key ${text}` })
    seen.add(found.element)
    check(element, item, path + text, problems)
  }
}
