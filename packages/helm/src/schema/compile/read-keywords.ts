/** Reads the keywords of a schema: those that its draft knows, by what they mean in every draft. */
import { formats } from '../formats/index.ts'
import { compilePattern } from '../pattern.ts'
import type { Schema } from '../schema.ts'
import type { Draft } from './draft.ts'
import { type KeywordValues, textsOf } from './keyword-values.ts'
import { decodedFragment, splitFragment } from './reference.ts'

/** The schema whose keywords are read. */
interface Reading {
  values: KeywordValues
  draft: Draft
  /** The schema's address. */
  location: string
}

/**
 * `assertsFormats` makes formats count in drafts that take them for remarks. Schemas are found in the order of the
 * keywords here, which decides what is told of two that are wrong.
 */
export function readKeywords(reading: Reading, assertsFormats: boolean): Partial<Schema> {
  const { values, draft } = reading
  const ref = values.reference('$ref')
  const constant = draft >= 6 && values.has('const') ? { value: values.get('const') } : undefined
  // Beside a reference nothing counted before draft 2019-09; the library forgets that for `const`.
  if (draft < 2019 && ref) return { ref, const: constant }
  return {
    ref,
    const: constant,
    ...logicKeywords(reading),
    ...objectKeywords(reading),
    ...arrayKeywords(reading),
    ...stringKeywords(reading),
    ...numberKeywords(reading),
    format: assertsFormats || draft < 2019 ? format(reading) : undefined,
    ...(draft >= 2019 ? keywordsSince2019(reading) : {}),
  }
}

const typeNames = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']

function logicKeywords({ values, draft }: Reading): Partial<Schema> {
  const condition = draft >= 7 ? values.schema('if') : undefined
  const types = textsOf([values.get('type')].flat())
  return {
    allOf: values.schemaList('allOf'),
    anyOf: values.schemaList('anyOf'),
    oneOf: values.schemaList('oneOf'),
    not: values.schema('not'),
    conditional: condition && {
      condition,
      whenMet: values.get('if') === false ? undefined : values.schema('then'),
      otherwise: values.get('if') === true ? undefined : values.schema('else'),
    },
    // The library tells them in this order.
    types: types.length > 0 ? typeNames.filter(name => types.includes(name)) : undefined,
    enum: values.array('enum'),
  }
}

function objectKeywords({ values, draft, location }: Reading): Partial<Schema> {
  return {
    minProperties: values.count('minProperties'),
    maxProperties: values.count('maxProperties'),
    required: textsOf(values.get('required')),
    properties: new Map(values.schemaTable('properties')),
    patternProperties: values
      .schemaTable('patternProperties')
      .map(([text, schema]) => [compilePattern(text, `${location}/patternProperties`), schema]),
    additionalProperties: values.schemaOrBoolean('additionalProperties'),
    propertyNames: draft >= 6 ? values.schema('propertyNames') : undefined,
    dependencies: values
      .entries('dependencies')
      .map(([name, rule]) => [name, Array.isArray(rule) ? textsOf(rule) : values.schemaIn('dependencies', name)]),
  }
}

function arrayKeywords({ values, draft }: Reading): Partial<Schema> {
  const isItemsList = draft < 2020 && values.array('items') !== undefined
  return {
    minItems: values.count('minItems'),
    maxItems: values.count('maxItems'),
    uniqueItems: values.isTrue('uniqueItems'),
    firstItems: isItemsList ? values.schemaList('items') : draft >= 2020 ? values.schemaList('prefixItems') : [],
    items: isItemsList ? undefined : values.schema('items'),
    additionalItems: isItemsList ? values.schemaOrBoolean('additionalItems') : undefined,
    contains: draft >= 6 ? values.schema('contains') : undefined,
  }
}

function stringKeywords({ values, location }: Reading): Partial<Schema> {
  const pattern = values.text('pattern')
  return {
    minLength: values.count('minLength'),
    maxLength: values.count('maxLength'),
    pattern: pattern === undefined ? undefined : compilePattern(pattern, `${location}/pattern`),
  }
}

function numberKeywords({ values }: Reading): Partial<Schema> {
  const minimum = values.number('minimum')
  const maximum = values.number('maximum')
  // In draft 4 these are marks on the others.
  const excludesMinimum = values.isTrue('exclusiveMinimum')
  const excludesMaximum = values.isTrue('exclusiveMaximum')
  return {
    minimum: excludesMinimum ? undefined : minimum,
    maximum: excludesMaximum ? undefined : maximum,
    exclusiveMinimum: excludesMinimum ? minimum : values.number('exclusiveMinimum'),
    exclusiveMaximum: excludesMaximum ? maximum : values.number('exclusiveMaximum'),
    multipleOf: values.number('multipleOf'),
  }
}

function format({ values }: Reading): Schema['format'] {
  const name = values.text('format')
  const problem = name === undefined ? undefined : formats.get(name)
  return name === undefined || !problem ? undefined : { name, problem }
}

function keywordsSince2019({ values, draft }: Reading): Partial<Schema> {
  const dynamicRef = draft >= 2020 ? values.reference('$dynamicRef') : undefined
  const anchor = decodedFragment(splitFragment(values.text('$dynamicRef') ?? '')[1])
  const hasContains = values.has('contains')
  return {
    recursiveRef: values.reference('$recursiveRef'),
    recursiveAnchor: values.isTrue('$recursiveAnchor'),
    minContains: hasContains ? values.count('minContains') : undefined,
    maxContains: hasContains ? values.count('maxContains') : undefined,
    dependentRequired: values.entries('dependentRequired').map(([name, names]) => [name, textsOf(names)]),
    dependentSchemas: values.schemaTable('dependentSchemas'),
    unevaluatedItems: values.schema('unevaluatedItems'),
    unevaluatedProperties: values.schema('unevaluatedProperties'),
    // A pointer is followed as `$ref` follows it.
    dynamicRef: dynamicRef && { target: dynamicRef, anchor: anchor.startsWith('/') ? '' : anchor },
    dynamicAnchor: values.text('$dynamicAnchor'),
  }
}
