/** What ajv found, in the words of the library that Helm validates with (santhosh-tekuri/jsonschema 6). */
import type { ErrorObject } from 'ajv'

/** A breach, and what stands indented below it. */
interface Node {
  path: string
  text: string
  below: Node[]
}

/** One line a breach, `- at '/path': what`; several of one place stand indented below a line for the place. */
export function breachText(errors: readonly ErrorObject[]): string {
  const lines = ({ path, text, below }: Node, indent: string): string[] => [
    `${indent}- at '${path}': ${text}`,
    ...below.flatMap(node => lines(node, `${indent}  `)),
  ]
  const told = errors.filter(({ propertyName }) => propertyName === undefined)
  return causesAt('', told)
    .flatMap(node => lines(node, ''))
    .join('\n')
}

/** What is wrong at a place and below it, in the order in which the library looks. */
function causesAt(path: string, errors: readonly ErrorObject[]): Node[] {
  const all = errors.filter(error => hostOfAllOf(error) === path)
  if (all.length > 0) {
    const others = errors.filter(error => !all.includes(error))
    return [...causesAt(path, others), { path, text: "'allOf' failed", below: branchesOfAllOf(path, all) }]
  }
  const alternatives = errors.filter(error => isAlternative(error) && error.instancePath === path)
  const tops = errors.filter(error => !alternatives.some(other => isBelow(error, other)))
  const own = merged(tops.filter(({ instancePath }) => instancePath === path))
  // Nothing else is looked at where one of these is wrong.
  const first = own.find(([{ keyword }]) => ['type', 'const', 'enum', 'format'].includes(keyword))
  if (first) return [nodeOf(first, errors)]
  const inner = Map.groupBy(
    tops.filter(({ instancePath }) => instancePath !== path),
    ({ instancePath }) => path + (/^\/[^/]*/.exec(instancePath.slice(path.length))?.[0] ?? ''),
  )
  const nodes = (rank: number) =>
    own.filter(([{ keyword }]) => (ranks[keyword] ?? 0) === rank).map(group => nodeOf(group, errors))
  const children = [...inner].map(([at, below]) => whole(at, causesAt(at, below)))
  return [...nodes(0), ...children, ...nodes(1), ...nodes(2)]
}

/** Where a keyword is looked at that comes neither before nor with the values inside. */
const ranks: Record<string, number> = {
  additionalProperties: 1,
  propertyNames: 1,
  contains: 1,
  not: 2,
  anyOf: 2,
  oneOf: 2,
}

const allOf = /^(.*?)\/allOf\/(\d+)/

/** The place whose `allOf` an error is of, told by how deep the schema has gone into the values before it. */
function hostOfAllOf({ schemaPath, instancePath }: ErrorObject): string | undefined {
  const before = allOf.exec(schemaPath)?.[1]
  if (before === undefined) return undefined
  const steps = before.match(/\/(?:(?:patternP|p)roperties\/[^/]+|additionalProperties|(?:prefixI|i)tems(?:\/\d+)?)/g)
  return instancePath
    .split('/')
    .slice(0, (steps?.length ?? 0) + 1)
    .join('/')
}

function branchesOfAllOf(path: string, errors: readonly ErrorObject[]): Node[] {
  const branches = Map.groupBy(errors, ({ schemaPath }) => allOf.exec(schemaPath)?.[0])
  return [...branches.values()].map(branch => {
    // What is left is no longer of this allOf.
    const inside = branch.map(error => ({ ...error, schemaPath: error.schemaPath.replace(allOf, '$1/all/$2') }))
    return whole(path, causesAt(path, inside))
  })
}

function whole(path: string, causes: Node[]): Node {
  const [only] = causes
  return causes.length === 1 && only ? only : { path, text: 'validation failed', below: causes }
}

type Group = readonly [ErrorObject, ...ErrorObject[]]

function nodeOf(group: Group, errors: readonly ErrorObject[]): Node {
  const [error] = group
  const { instancePath: path } = error
  const branches = isAlternative(error)
    ? Map.groupBy(
        errors.filter(other => other !== error && isBelow(other, error)),
        ({ schemaPath }) => schemaPath.slice(error.schemaPath.length + 1).split('/', 1)[0],
      )
    : new Map<string, ErrorObject[]>()
  const below = [...branches.values()].map(branch => whole(path, causesAt(path, branch)))
  return { path, text: wording(error, group), below }
}

const isAlternative = ({ keyword }: ErrorObject): boolean => keyword === 'anyOf' || keyword === 'oneOf'

function isBelow(error: ErrorObject, alternative: ErrorObject): boolean {
  return error.schemaPath.startsWith(`${alternative.schemaPath}/`)
}

/** Properties that are missing, or too many, are told together. */
function merged(errors: readonly ErrorObject[]): Group[] {
  const groups = Map.groupBy(errors, error => {
    const together = error.keyword === 'required' || error.keyword === 'additionalProperties'
    return together ? `${error.keyword} ${error.schemaPath}` : error
  })
  return [...groups.values()].flatMap(([error, ...more]) => (error ? [[error, ...more] as const] : []))
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
      return isPrimitive(schema) ? `value must be ${display(schema)}` : "'const' failed"
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
        ? `'oneOf' failed, subschemas ${params.passingSchemas.join(', ')} matched`
        : "'oneOf' failed, none matched"
    case 'additionalItems':
    case 'items':
      return `last ${(Array.isArray(data) ? data.length : 0) - Number(params.limit)} additionalItem(s) not allowed`
    case 'contains':
      return 'no items match contains schema'
    case 'propertyNames':
      return `invalid propertyName ${quoted(String(params.propertyName))}`
    case 'dependencies':
    case 'dependentRequired': {
      const missing = String(params.deps).split(', ').map(quoted).join(', ')
      return `properties ${missing} required, if ${quoted(String(params.property))} exists`
    }
    case 'false schema':
      return 'false schema'
    default:
      return `'${keyword}' failed`
  }
}

function enumeration(allowed: readonly unknown[]): string {
  if (!allowed.every(isPrimitive)) return "'enum' failed"
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
