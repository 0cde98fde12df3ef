/** Reads `openAPIV3Schema` of a CustomResourceDefinition's version into the shape that all kinds share. */
import { type Schema, schemaNamed, type ValidationRule } from '@sluice/api/builtin'
import { isObject } from '../merge/json.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const objectMeta = () => schemaNamed('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta') ?? {}
const text: Schema = { type: 'string' }

/** The schema of the whole object, with `apiVersion`, `kind` and `metadata`, which a definition need not mention. */
export function schemaFromCrd(openAPIV3Schema: unknown): Schema {
  const root = isObject(openAPIV3Schema) ? read(openAPIV3Schema) : { type: 'object', preserveUnknownFields: true }
  return withIdentity(root)
}

function withIdentity(schema: Schema): Schema {
  const properties: Record<string, Schema> = Object.assign(Object.create(null), schema.properties)
  properties.apiVersion = text
  properties.kind = text
  properties.metadata = objectMeta()
  return { ...schema, properties }
}

const strings = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : undefined

function each(value: unknown): Schema[] | undefined {
  return Array.isArray(value) ? value.filter(isObject).map(read) : undefined
}

const plain = [
  'type',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'uniqueItems',
  'nullable',
  'enum',
  'default',
  'title',
  'description',
] as const

const extensions = [
  ['x-kubernetes-int-or-string', 'intOrString'],
  ['x-kubernetes-preserve-unknown-fields', 'preserveUnknownFields'],
  ['x-kubernetes-embedded-resource', 'embeddedResource'],
  ['x-kubernetes-list-type', 'listType'],
  ['x-kubernetes-map-type', 'mapType'],
] as const

function read(json: Record<string, unknown>): Schema {
  const out: Mutable<Schema> = {}
  for (const key of plain) if (json[key] !== undefined) Object.assign(out, { [key]: json[key] })
  for (const [from, to] of extensions) if (json[from] !== undefined) Object.assign(out, { [to]: json[from] })
  if (isObject(json.properties)) {
    const properties: Record<string, Schema> = Object.create(null)
    for (const [name, property] of Object.entries(json.properties))
      if (isObject(property)) properties[name] = read(property)
    out.properties = properties
  }
  if (isObject(json.items)) out.items = read(json.items)
  if (isObject(json.additionalProperties)) out.additionalProperties = read(json.additionalProperties)
  else if (json.additionalProperties === true) out.additionalProperties = true
  const required = strings(json.required)
  if (required !== undefined) out.required = required
  const keys = strings(json['x-kubernetes-list-map-keys'])
  if (keys !== undefined) out.listMapKeys = keys
  const rules = json['x-kubernetes-validations']
  if (Array.isArray(rules)) out.validations = rules.filter(isRule)
  const { allOf, anyOf, oneOf, not } = json
  if (allOf !== undefined) out.allOf = each(allOf) ?? []
  if (anyOf !== undefined) out.anyOf = each(anyOf) ?? []
  if (oneOf !== undefined) out.oneOf = each(oneOf) ?? []
  if (isObject(not)) out.not = read(not)
  return out.embeddedResource === true ? withIdentity(out) : out
}

const isRule = (value: unknown): value is ValidationRule => isObject(value) && typeof value.rule === 'string'
