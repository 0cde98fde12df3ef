/**
 * `values.schema.json` of a chart and its subcharts, each held against its own values; drafts 4, 6, 7, 2019-09 and 2020-12. All breaches are told at
 * once, in the words of the library that Helm uses. References to other addresses are refused: rendering reaches no network.
 */
import { jsonProblem } from '@sluice/template'
import { Ajv, type ErrorObject, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvDraft4 from 'ajv-draft-04'
import ajvFormats from 'ajv-formats'
import { RE2JS } from 're2js'
import type { Chart } from './chart.ts'
import { HelmError } from './helm-error.ts'
import { breachText } from './schema-breach.ts'
import { get, isTable, type Table } from './value-table.ts'

/** Throws HelmError that lists every breach of every chart. */
export function validateValues(chart: Chart, values: Table): void {
  const breaches = breachesOf(chart, values)
  if (breaches === '') return
  throw new HelmError(`values don't meet the specifications of the schema(s) in the following chart(s):\n${breaches}`)
}

function breachesOf({ metadata, schema, subcharts }: Chart, values: Table): string {
  let text = ''
  if (schema !== undefined) {
    const found = schemaBreaches(schema, values)
    if (found !== '') text += `${metadata.name}:\n${found}\n`
  }
  for (const subchart of subcharts) {
    const name = subchart.metadata.name
    const own = get(values, name)
    if (isTable(own)) text += breachesOf(subchart, own)
    else if (own !== undefined && own !== null) {
      text += `${name}:\ninvalid type for values: expected object (map), got ${Array.isArray(own) ? '[]interface {}' : typeof own}\n`
    }
  }
  return text
}

/** Compiled schemas by their text, those used longest ago first: to compile one takes longer than to render the chart. */
const compiled = new Map<string, Check>()
const compiledLimit = 64

/** What is wrong with values, a line each; the empty text when nothing is. */
type Check = (values: Table) => string

function schemaBreaches(text: string, values: Table): string {
  const check = compiled.get(text) ?? compile(text)
  compiled.delete(text)
  compiled.set(text, check)
  for (const oldest of compiled.keys()) {
    if (compiled.size <= compiledLimit) break
    compiled.delete(oldest)
  }
  return check(values)
}

function compile(text: string): Check {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    return () => readingProblem(text)
  }
  try {
    if (typeof schema === 'boolean') return () => (schema ? '' : "- at '': false schema")
    if (!isTable(schema)) throw new HelmError('it must be an object')
    // The dialect is chosen; ajv need not look for it under the name the schema gives it.
    const { $schema, ...rules } = schema
    const validate = validatorFor($schema).compile(rules)
    return values => (validate(json(values)) ? '' : breachText(validate.errors?.filter(isOwn) ?? []))
  } catch (error) {
    return () => `values.schema.json cannot be used: ${error instanceof Error ? error.message : error}`
  }
}

/** What Go's decoder, which reads a stream, says of a text that is no JSON. */
function readingProblem(text: string): string {
  const problem = jsonProblem(text)
  if (problem === 'unexpected end of JSON input') return text.trim() === '' ? 'EOF' : 'unexpected EOF'
  return problem.endsWith(' after top-level value') ? 'invalid character after top-level value' : problem
}

/** ajv tells of an `if` besides what its branch found. */
const isOwn = ({ keyword }: ErrorObject): boolean => keyword !== 'if'

function validatorFor(named: unknown): Ajv {
  const dialect = typeof named === 'string' ? named : ''
  if (dialect.includes('draft-04')) return withFormats(new ajvDraft4.default(options))
  if (/draft-0[67]/.test(dialect)) return withFormats(new Ajv(options))
  // From here on a format is a remark, not a rule.
  if (dialect.includes('2019-09')) return new Ajv2019({ ...options, validateFormats: false })
  return new Ajv2020({ ...options, validateFormats: false })
}

function withFormats(validator: Ajv): Ajv {
  ajvFormats.default(validator)
  return validator
}

/** Go's regular expressions, which also cannot be made to run for ever. */
const regExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern)
    // ajv tells patterns apart by their text.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern }
  },
  { code: 'RE2JS' },
)

const options: Options = { allErrors: true, strict: false, logger: false, verbose: true, code: { regExp } }

/** Whole numbers of `--set` are numbers for a schema. */
function json(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(json)
  return isTable(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, json(item)])) : value
}
