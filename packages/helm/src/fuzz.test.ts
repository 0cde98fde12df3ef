/**
 * Random templates, values, schemas and archives: each is rendered or refused with an error of ours, and none takes long. A few thousand of each in a
 * normal run; `SLUICE_FUZZ=250000` runs that many of each and fails when one input takes over a second of processor time. A failure names the seed that
 * `SLUICE_FUZZ_SEED` repeats.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Signature, sprigFunctions, TemplateError } from '@sluice/template'
import { chartParts } from './chart-parts.ts'
import { HelmError } from './helm-error.ts'
import { loadChart } from './load-chart.ts'
import { packageChart } from './package-chart.ts'
import { parseValues } from './parse-values.ts'
import { readChartArchive } from './read-chart.ts'
import { renderChart } from './render-chart.ts'
import { setValues } from './set-values.ts'
import { filesOf } from './testing/chart-named.ts'
import { functionNames } from './testing/function-names.ts'

const wanted = process.env.SLUICE_FUZZ
const count = Number(wanted ?? 1500)
const firstSeed = Number(process.env.SLUICE_FUZZ_SEED ?? 1)

/** Of one input, in milliseconds: what limits of the engine let pass. */
const milliseconds = 500

type Random = (below: number) => number
type Parameter = Signature['parameters'][number]

/** The same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = (seed * 2654435761) >>> 0
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

const pick = <T>(random: Random, from: readonly T[]): T => {
  const item = from[random(from.length)]
  assert.ok(item !== undefined)
  return item
}

const texts = [
  '',
  'a',
  'x y',
  '{{',
  '}}',
  '- a',
  'a: b',
  '%d',
  '[a-z]+',
  '(',
  '1.2.3',
  '>=1',
  '2006-01-02',
  '\u00e9',
  '\ud83d\ude00',
  '\u0000',
]
const numbers = ['0', '1', '-1', '3.5', '1e9', '9223372036854775807', '0x1f', "'a'"]
const places = [
  '.',
  '$',
  '.Values',
  '.Values.a',
  '.Values.l',
  '.Values.m',
  '.Values.m.k',
  '.Values.long',
  '.Values.many',
  '.Values.tables',
  '.Release',
  '.Chart',
  '.Files',
  '.Capabilities',
  'nil',
  'true',
]

/** What an argument of a type may be; of those that stand here most templates run to their end. */
const ofType: Partial<Record<Parameter, readonly string[]>> = {
  string: ['.Values.m.k', '.Values.long', '(.Values | toYaml)', '(.Values.many | toJson)', '(repeat 9 "ab")'],
  int: numbers.filter(text => /^-?\d+$/.test(text)),
  bool: ['true', 'false'],
  float64: ['1.5', '1e9'],
  'map[string]interface {}': ['(dict "a" 1)', '.Values.m', '.Values.AsMap', '(index .Values.tables 7)'],
  '[]interface {}': ['.Values.l', '.Values.many', '.Values.tables', '(list 1 "a" nil)', '(until 3)'],
}

function argument(random: Random, type: Parameter, depth: number): string {
  const fitting = ofType[type] ?? [...places, ...numbers]
  if (random(10) === 0) return expression(random, depth)
  return type === 'string' && random(2) ? JSON.stringify(pick(random, texts)) : pick(random, fitting)
}

function expression(random: Random, depth: number): string {
  const kind = random(depth > 0 ? 6 : 3)
  if (kind === 0) return JSON.stringify(pick(random, texts))
  if (kind === 1) return pick(random, numbers)
  if (kind === 2) return pick(random, places)
  const name = pick(random, functionNames)
  const signature = sprigFunctions[name]?.signature
  const types = [...(signature?.parameters ?? [])]
  const more = signature === undefined || signature.variadic !== undefined ? random(4) : 0
  for (let count = 0; count < more; count++) types.push(signature?.variadic ?? 'any')
  const args = types.map(type => argument(random, type, depth - 1))
  const last = random(12) ? undefined : args.pop()
  return `(${last === undefined ? '' : `${last} | `}${[name, ...args].join(' ')})`
}

function template(random: Random, depth: number): string {
  const parts = Array.from({ length: 1 + random(4) }, () => {
    const inner = () => (depth > 0 ? template(random, depth - 1) : 'x')
    switch (random(9)) {
      case 0:
        return `{{ if ${expression(random, 2)} }}${inner()}{{ else }}${inner()}{{ end }}`
      case 1:
        return `{{ range $i, $e := ${expression(random, 2)} }}${inner()}{{ $e }}{{ end }}`
      case 2:
        return `{{ with ${expression(random, 2)} }}${inner()}{{ end }}`
      case 3:
        return `{{ include "${pick(random, ['a', 'b'])}" ${pick(random, ['.', '$', '.Values'])} }}`
      case 4:
        return `{{- $x := ${expression(random, 2)} -}}{{ $x }}`
      case 5:
        return pick(random, ['a: b\n', '---\n', 'kind: Pod\n', '}}', '{{/* */}}', '{{- "" }}', '\t', '{{ break }}'])
      default:
        return `{{ ${expression(random, 3)} }}`
    }
  })
  return parts.join('')
}

/** A text with some of its bytes changed, left out or doubled. */
function broken(random: Random, text: string): string {
  let out = text
  for (let change = random(4); change > 0; change--) {
    const at = random(out.length + 1)
    out =
      out.slice(0, at) +
      pick(random, ['', '{', ':', '\n', '"', '- ', '&a', '*a', '!!', '\u0000', ',']) +
      out.slice(at + random(3))
  }
  return out
}

const release = { name: 'rel', namespace: 'ns', revision: 1, isUpgrade: false }

async function each(context: TestContext, run: (random: Random) => Promise<unknown>): Promise<void> {
  let [accepted, slowest, slowestSeed] = [0, 0, 0]
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const began = process.threadCpuUsage()
    try {
      await run(randomOf(seed))
      accepted++
    } catch (error) {
      if (!(error instanceof HelmError || error instanceof TemplateError)) {
        throw new Error(`${context.name}, SLUICE_FUZZ_SEED=${seed}: ${error}`, { cause: error })
      }
    }
    const took = process.threadCpuUsage(began).user / 1000
    if (took > slowest) [slowest, slowestSeed] = [took, seed]
  }
  context.diagnostic(
    `${accepted} accepted; the slowest, SLUICE_FUZZ_SEED=${slowestSeed}, took ${slowest.toFixed(1)} ms`,
  )
  if (wanted !== undefined) assert.ok(slowest < 1000, `SLUICE_FUZZ_SEED=${slowestSeed} took ${slowest} ms`)
}

const templateValues = (size: number): string =>
  JSON.stringify({
    a: 1,
    l: [1, 'x'],
    m: { k: 'v' },
    long: 'ab '.repeat(size),
    many: Array.from({ length: size }, (_, index) => (index % 3 ? index : `a${index}`)),
    tables: Array.from({ length: size / 4 }, (_, index) => ({ name: `a${index}`, list: [index, { deep: true }] })),
  })
/** What takes long for much data shows with the larger ones. */
const [small, large] = [templateValues(40), templateValues(4000)]

test('random templates', context =>
  each(context, async random => {
    const text = random(4) ? template(random, 2) : broken(random, template(random, 2))
    const contents = {
      // Manifests are read again, notes are not.
      [random(2) ? 'templates/a.yaml' : 'templates/NOTES.txt']: text,
      'templates/_b.tpl': ['a', 'b'].map(name => `{{ define "${name}" }}${template(random, 1)}{{ end }}`).join(''),
      'values.yaml': random(30) ? small : large,
    }
    await renderChart(await loadChart(filesOf(contents)), {}, { release, milliseconds })
  }))

test('random values', context =>
  each(context, async random => {
    const text = broken(
      random,
      pick(random, [
        'a: {b: [1, {c: d}], e: null}\nf: |\n  text\n',
        'a: &x {b: 1}\nc: *x\n',
        '- 1\n',
        'a: 1\n---\nb: 2\n',
      ]),
    )
    const values = parseValues(text, 'values')
    setValues(values, broken(random, pick(random, ['a.b[0]=1', 'x={1,2}', 'a=null', 'f\\.g=1,h[2].i=x'])), 'typed')
    const contents = { 'templates/a.yaml': 'a: {{ .Values | toJson }}', 'values.yaml': 'a: {b: 2, e: 3}\nx: 1\n' }
    await renderChart(await loadChart(filesOf(contents)), values, { release, milliseconds })
  }))

const schemas = [
  '{"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}}, "required": ["a"]}',
  '{"$schema": "http://json-schema.org/draft-07/schema#", "anyOf": [{"type": "null"}, {"minProperties": 2}]}',
  '{"$defs": {"x": {"$ref": "#/$defs/x"}}, "properties": {"a": {"$ref": "#/$defs/x"}}}',
]

/** Keywords by what they take. */
const keywords: Record<string, (random: Random, depth: number) => unknown> = {
  type: random => pick(random, ['string', 'integer', 'object', 'array', ['null', 'number'], 'nothing']),
  enum: random => [pick(random, ['a', 1, null, {}]), 'b'],
  const: random => pick(random, ['a', 1, null, {}, []]),
  properties: (random, depth) => ({ a: rules(random, depth), m: rules(random, depth) }),
  patternProperties: (random, depth) => ({ [pick(random, ['^a', '(a|b)*$', '('])]: rules(random, depth) }),
  additionalProperties: (random, depth) => pick(random, [false, rules(random, depth)]),
  propertyNames: (random, depth) => rules(random, depth),
  required: random => [pick(random, ['a', 'many', 'z'])],
  items: (random, depth) => pick(random, [rules(random, depth), [rules(random, depth)]]),
  prefixItems: (random, depth) => [rules(random, depth)],
  additionalItems: () => false,
  contains: (random, depth) => rules(random, depth),
  uniqueItems: () => true,
  maxItems: random => random(4000),
  minLength: random => random(4),
  pattern: random => pick(random, ['^a', '(a|b)*c', 'it\\d', '(', '(a{1000}){1000}']),
  format: random => pick(random, ['email', 'uri', 'date', 'duration', 'regex', 'ipv6', 'hostname', 'json-pointer']),
  minimum: random => random(3),
  multipleOf: random => pick(random, [0, 0.1, 3, 1e-300, 1e300]),
  allOf: (random, depth) => [rules(random, depth), rules(random, depth)],
  anyOf: (random, depth) => [rules(random, depth), rules(random, depth)],
  oneOf: (random, depth) => [rules(random, depth), rules(random, depth)],
  not: (random, depth) => rules(random, depth),
  if: (random, depth) => rules(random, depth),
  else: (random, depth) => rules(random, depth),
  unevaluatedProperties: (random, depth) => pick(random, [false, rules(random, depth)]),
  unevaluatedItems: () => false,
  dependentSchemas: (random, depth) => ({ a: rules(random, depth) }),
  dependencies: (random, depth) => ({ a: pick(random, [['z'], rules(random, depth)]) }),
  $ref: random => pick(random, ['#', '#/$defs/x', '#/$defs/y', '#here', '#/nowhere', 'http://example.com/a', 'urn:x']),
  $dynamicRef: random => pick(random, ['#here', '#/$defs/x']),
  $id: random => pick(random, ['http://example.com/b', 'x', '#here', ':']),
}

function rules(random: Random, depth: number): unknown {
  if (depth === 0) return random(9) === 0 ? random(2) === 0 : {}
  const result: Record<string, unknown> = {}
  for (let count = 1 + random(3); count > 0; count--) {
    const name = pick(random, Object.keys(keywords))
    result[name] = keywords[name]?.(random, depth - 1)
  }
  return result
}

const drafts = ['draft-04/schema', 'draft-06/schema', 'draft-07/schema', 'draft/2019-09/schema', 'draft/2020-12/schema']

function anySchema(random: Random): string {
  if (random(8) === 0) return broken(random, pick(random, schemas))
  const $defs = { x: { ...Object(rules(random, 2)), $anchor: 'here', $dynamicAnchor: 'here' }, y: rules(random, 2) }
  const schema = { $schema: `http://json-schema.org/${pick(random, drafts)}`, ...Object(rules(random, 3)), $defs }
  return random(8) ? JSON.stringify(schema) : broken(random, JSON.stringify(schema))
}

const largeValues = JSON.parse(templateValues(4000))

test('random schemas', context =>
  each(context, async random => {
    const contents = { 'values.schema.json': anySchema(random) }
    const a = pick<unknown>(random, ['a', 'b', {}, ['a', 'a'], 1.5, 'a@b.c', '::'])
    const values = { a, m: { k: [1, 'v'] }, ...(random(30) ? {} : largeValues) }
    await renderChart(await loadChart(filesOf(contents)), values, { release, milliseconds })
  }))

test('random archives', async context => {
  const parts = { 'values.yaml': 'a: 1\n', 'templates/a.yaml': 'a: {{ .Values.a }}\n' }
  const whole = Buffer.from(await packageChart(await chartParts(filesOf(parts))))
  const unpacked = gunzipSync(whole)
  await each(context, async random => {
    const inside = random(2) === 0
    const bytes = Buffer.from(inside ? unpacked : whole)
    for (let change = random(6); change > 0; change--) bytes[random(inside ? 3000 : bytes.length)] = random(256)
    const archive = inside ? gzipSync(bytes, { level: 1 }) : bytes
    await loadChart(await readChartArchive(random(3) ? archive : archive.subarray(0, random(archive.length))))
  })
})
