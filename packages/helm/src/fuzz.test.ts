/**
 * Random templates, values, schemas and archives: each is rendered or refused with an error of ours, and none takes long. A few thousand of each in a
 * normal run; `SLUICE_FUZZ=250000` runs that many of each. A failure names the seed that `SLUICE_FUZZ_SEED` repeats.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { TemplateError } from '@sluice/template'
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

const count = Number(process.env.SLUICE_FUZZ ?? 1500)
const firstSeed = Number(process.env.SLUICE_FUZZ_SEED ?? 1)

/** Of one input, in milliseconds: what limits of the engine let pass. */
const milliseconds = 500

type Random = (below: number) => number

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
  '.Values.m.k',
  '.Release',
  '.Chart',
  '.Files',
  '.Capabilities',
  'nil',
  'true',
]

function expression(random: Random, depth: number): string {
  const kind = random(depth > 0 ? 5 : 3)
  if (kind === 0) return JSON.stringify(pick(random, texts))
  if (kind === 1) return pick(random, numbers)
  if (kind === 2) return pick(random, places)
  const args = Array.from({ length: random(4) }, () => expression(random, depth - 1))
  return `(${[pick(random, functionNames), ...args].join(random(12) ? ' ' : ' | ')})`
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
        return `{{ define "${pick(random, ['a', 'b'])}" }}${inner()}{{ end }}{{ include "${pick(random, ['a', 'b'])}" . }}`
      case 4:
        return `{{- $x := ${expression(random, 2)} -}}{{ $x }}`
      case 5:
        return pick(random, ['a: b\n', '---\n', 'kind: Pod\n', '{{', '}}', '{{/* */}}', '{{- ', '\t', '{{ end }}'])
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

async function each(name: string, run: (random: Random) => Promise<unknown>): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      await run(randomOf(seed))
    } catch (error) {
      if (error instanceof HelmError || error instanceof TemplateError) continue
      throw new Error(`${name}, SLUICE_FUZZ_SEED=${seed}: ${error}`, { cause: error })
    }
  }
}

test('random templates', () =>
  each('templates', async random => {
    const contents = {
      'templates/a.yaml': broken(random, template(random, 2)),
      'values.yaml': 'a: 1\nl: [1, x]\nm: {k: v}\n',
    }
    await renderChart(await loadChart(filesOf(contents)), {}, { release, milliseconds })
  }))

test('random values', () =>
  each('values', async random => {
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

test('random schemas', () =>
  each('schemas', async random => {
    // To compile a schema takes a thousand times as long as the rest.
    if (random(20)) return
    const contents = { 'values.schema.json': broken(random, pick(random, schemas)) }
    await renderChart(
      await loadChart(filesOf(contents)),
      { a: pick(random, ['a', 'b', {}]) },
      { release, milliseconds },
    )
  }))

test('random archives', async () => {
  const parts = { 'values.yaml': 'a: 1\n', 'templates/a.yaml': 'a: {{ .Values.a }}\n' }
  const whole = Buffer.from(await packageChart(await chartParts(filesOf(parts))))
  const unpacked = gunzipSync(whole)
  await each('archives', async random => {
    const inside = random(2) === 0
    const bytes = Buffer.from(inside ? unpacked : whole)
    for (let change = random(6); change > 0; change--) bytes[random(inside ? 3000 : bytes.length)] = random(256)
    const archive = inside ? gzipSync(bytes, { level: 1 }) : bytes
    await loadChart(await readChartArchive(random(3) ? archive : archive.subarray(0, random(archive.length))))
  })
})
