/** What ajv found, in the words of the library that Helm validates with (santhosh-tekuri/jsonschema 6). */
import type { ErrorObject } from 'ajv'

/** One line a breach, `- at '/path': what`; what alternatives failed for stands indented below them. */
export function breachText(errors: readonly ErrorObject[]): string {
  const inner = new Map<ErrorObject, ErrorObject[]>()
  const top: ErrorObject[] = []
  for (const error of errors) {
    const parent = errors.find(other => isAlternative(other) && other !== error && isBelow(error, other))
    if (parent) inner.set(parent, [...(inner.get(parent) ?? []), error])
    else top.push(error)
  }
  const lines = (list: readonly ErrorObject[], indent: string): string[] =>
    merged(list).flatMap(({ path, text, error }) => [
      `${indent}- at '${path}': ${text}`,
      ...lines(inner.get(error) ?? [], `${indent}  `),
    ])
  return lines(top, '').join('\n')
}

const isAlternative = ({ keyword }: ErrorObject): boolean => keyword === 'anyOf' || keyword === 'oneOf'

function isBelow(error: ErrorObject, alternative: ErrorObject): boolean {
  return error.schemaPath.startsWith(`${alternative.schemaPath}/`)
}

interface Line {
  path: string
  text: string
  error: ErrorObject
}

/** Properties that are missing, or too many, in one place are told together. */
function merged(errors: readonly ErrorObject[]): Line[] {
  const lines: Line[] = []
  const groups = Map.groupBy(errors, error => {
    const together = error.keyword === 'required' || error.keyword === 'additionalProperties'
    return together ? `${error.keyword} ${error.instancePath} ${error.schemaPath}` : error
  })
  for (const group of groups.values()) {
    const [error] = group
    if (error) lines.push({ path: error.instancePath, text: wording(error, group), error })
  }
  return lines
}

function wording(error: ErrorObject, group: readonly ErrorObject[]): string {
  const { keyword, params, schema, data } = error
  const names = (key: string) => group.map(({ params }) => quoted(String(params[key]))).join(', ')
  switch (keyword) {
    case 'type':
      return `got ${typeName(data)}, want ${[schema].flat().join(' or ')}`
    case 'required':
      return group.length === 1
        ? `missing property ${names('missingProperty')}`
        : `missing properties ${names('missingProperty')}`
    case 'additionalProperties':
      return `additional properties ${names('additionalProperty')} not allowed`
    case 'enum':
      return enumeration(Array.isArray(schema) ? schema : [])
    case 'const':
      return isPrimitive(schema) ? `value must be ${display(schema)}` : 'const failed'
    case 'pattern':
      return `${quoted(String(data))} does not match pattern ${quoted(String(schema))}`
    case 'format':
      return `${quoted(String(data))} is not valid ${String(schema)}`
    case 'minLength':
    case 'maxLength':
      return `${keyword}: got ${[...String(data)].length}, want ${String(schema)}`
    case 'minItems':
    case 'maxItems':
      return `${keyword}: got ${Array.isArray(data) ? data.length : 0}, want ${String(schema)}`
    case 'minProperties':
    case 'maxProperties':
      return `${keyword}: got ${Object.keys(Object(data)).length}, want ${String(schema)}`
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'multipleOf':
      return `${keyword}: got ${String(data)}, want ${String(schema)}`
    case 'uniqueItems':
      return `items at ${params.j} and ${params.i} are equal`
    case 'oneOf':
      return Array.isArray(params.passingSchemas)
        ? `oneOf failed, subschemas ${params.passingSchemas.join(', ')} matched`
        : 'oneOf failed, none matched'
    case 'false schema':
      return 'false schema'
    default:
      return `${keyword} failed`
  }
}

function enumeration(allowed: readonly unknown[]): string {
  if (!allowed.every(isPrimitive)) return 'enum failed'
  const shown = allowed.map(display).join(', ')
  return allowed.length === 1 ? `value must be ${shown}` : `value must be one of ${shown}`
}

const isPrimitive = (value: unknown): boolean => typeof value !== 'object' || value === null

const display = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : value === null ? '<nil>' : String(value)

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
