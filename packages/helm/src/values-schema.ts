/**
 * `values.schema.json` of a chart and its subcharts, each held against its own values; drafts 4, 6, 7, 2019-09 and
 * 2020-12. All breaches are told at once, in the words of the library that Helm uses. References to other addresses
 * are refused: rendering reaches no network.
 */
import { jsonProblem } from '@sluice/template'
import type { Chart } from './chart.ts'
import { HelmError } from './helm-error.ts'
import { remembered } from './remembered.ts'
import { Budget, compileSchema, problemLines, validate } from './schema/index.ts'
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
    const found = checkOf(schema)(values)
    if (found !== '') text += `${metadata.name}:\n${found}\n`
  }
  for (const subchart of subcharts) {
    const name = subchart.metadata.name
    const own = get(values, name)
    if (isTable(own)) text += breachesOf(subchart, own)
    else if (own !== undefined && own !== null) {
      const type = Array.isArray(own) ? '[]interface {}' : typeof own
      text += `${name}:\ninvalid type for values: expected object (map), got ${type}\n`
    }
  }
  return text
}

/** What is wrong with values, a line each; the empty text when nothing is. */
type Check = (values: Table) => string

/** To compile a schema takes longer than to render the chart. */
const checkOf = remembered(64, compile)

function compile(text: string): Check {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return () => readingProblem(text)
  }
  try {
    const schema = compileSchema('file:///values.schema.json', content)
    return values => problemLines(validate(schema, values, new Budget())).join('\n')
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    return () => error.message
  }
}

/** What Go's decoder, which reads a stream, says of a text that is no JSON. */
function readingProblem(text: string): string {
  const problem = jsonProblem(text)
  if (problem === 'unexpected end of JSON input') return text.trim() === '' ? 'EOF' : 'unexpected EOF'
  return problem.endsWith(' after top-level value') ? 'invalid character after top-level value' : problem
}
