/** Is the schema of a definition structural? Follows apiextensions' rules and texts as far as definitions in the wild break them. */
import { isObject } from '../merge/json.ts'
import { type Cause, invalid } from './cause.ts'
import { ruleErrors } from './rule-errors.ts'
import { schemaFromCrd } from './schema-from-crd.ts'
import { validate } from './validate.ts'

type Json = Record<string, unknown>

const forbidden = (field: string, detail: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${detail}`,
  field,
})

const requiredValue = (field: string, detail: string): Cause => ({
  reason: 'FieldValueRequired',
  message: `Required value: ${detail}`,
  field,
})

/** @param path where the schema stands in the definition */
export function structuralErrors(schema: Json, path: string): Cause[] {
  const causes: Cause[] = []
  if (schema.type === undefined || schema.type === '') {
    causes.push(requiredValue(`${path}.type`, 'must not be empty at the root'))
  } else if (schema.type !== 'object') {
    return [invalid(`${path}.type`, schema.type, 'must be object at the root')]
  }
  if (schema.nullable === true) causes.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  const metadata = isObject(schema.properties) ? schema.properties.metadata : undefined
  if (isObject(metadata) && restrictsMetadata(metadata)) {
    const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
    causes.push(forbidden(`${path}.properties[metadata]`, text))
  }
  walk(schema, path, causes, undefined)
  if (causes.length > 0) return causes
  return ruleErrors(schemaFromCrd(schema), path)
}

function restrictsMetadata({ type, description: _, properties = {}, ...rest }: Json): boolean {
  const isPlain = (type === undefined || type === 'object') && Object.keys(rest).length === 0
  if (!isPlain || !isObject(properties)) return true
  return Object.keys(properties).some(name => name !== 'name' && name !== 'generateName')
}

const unsupported = ['definitions', 'dependencies', 'id', 'patternProperties', 'additionalItems']

/** @param missingType what to say when there is no type; undefined at the root */
function walk(schema: Json, path: string, causes: Cause[], missingType: string | undefined): void {
  if (schema.$ref !== undefined) {
    causes.push(forbidden(`${path}.$ref`, '$ref is not supported'))
    return
  }
  for (const key of unsupported) {
    if (schema[key] !== undefined) causes.push(forbidden(`${path}.${key}`, `${key} is not supported`))
  }
  if (schema.uniqueItems === true) {
    const text = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    causes.push(forbidden(`${path}.uniqueItems`, text))
  }
  const isOpen =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  const hasType = schema.type !== undefined && schema.type !== ''
  if (missingType !== undefined && !hasType && !isOpen) causes.push(requiredValue(`${path}.type`, missingType))
  if (schema.type === 'array' && !isObject(schema.items)) {
    causes.push(requiredValue(`${path}.items`, 'must be specified'))
  }
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] === 'map' && (!Array.isArray(keys) || keys.length === 0)) {
    const text = 'must not be empty if x-kubernetes-list-type is map'
    causes.push(requiredValue(`${path}.x-kubernetes-list-map-keys`, text))
  }
  if (isObject(schema.properties) && isObject(schema.additionalProperties)) {
    causes.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'))
  }
  if (schema.default !== undefined) causes.push(...defaultErrors(schema, path))
  for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (!isObject(property) || (missingType === undefined && name === 'metadata')) continue
    walk(property, `${path}.properties[${name}]`, causes, 'must not be empty for specified object fields')
  }
  if (isObject(schema.items)) {
    walk(schema.items, `${path}.items`, causes, 'must not be empty for specified array items')
  }
  if (isObject(schema.additionalProperties)) {
    const where = `${path}.additionalProperties`
    walk(schema.additionalProperties, where, causes, 'must not be empty for specified object fields')
  }
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const parts = schema[key]
    if (!Array.isArray(parts)) continue
    for (const [at, part] of parts.entries()) if (isObject(part)) junctor(part, `${path}.${key}[${at}]`, causes, schema)
  }
  if (isObject(schema.not)) junctor(schema.not, `${path}.not`, causes, schema)
}

const notInJunctors = ['type', 'default', 'title', 'description', 'nullable', 'additionalProperties']

/** What stands inside `anyOf` and the like may only narrow; an int-or-string may say its two types there. */
function junctor(schema: Json, path: string, causes: Cause[], around: Json): void {
  for (const key of notInJunctors) {
    if (schema[key] === undefined || (key === 'type' && around['x-kubernetes-int-or-string'] === true)) continue
    const how = key === 'additionalProperties' || key === 'default' ? 'undefined' : 'empty'
    causes.push(forbidden(`${path}.${key}`, `must be ${how} to be structural`))
  }
  for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (isObject(property)) junctor(property, `${path}.properties[${name}]`, causes, {})
  }
  if (isObject(schema.items)) junctor(schema.items, `${path}.items`, causes, {})
}

function defaultErrors({ default: value, ...schema }: Json, path: string): Cause[] {
  // As the property of an object without a name: the texts of the server name it so.
  const wrapped = schemaFromCrd({ type: 'object', properties: { '': schema } }).properties?.['']
  if (wrapped === undefined) return []
  return validate(wrapped, value).map(cause => ({
    ...cause,
    field: `${path}.default${cause.field === '' || cause.field === '<nil>' ? '' : `.${cause.field}`}`,
  }))
}
