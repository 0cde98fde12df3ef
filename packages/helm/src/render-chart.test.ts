import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { loadChart } from './load-chart.ts'
import type { LookupQuery } from './lookup.ts'
import { type RenderedChart, type RenderOptions, renderChart } from './render-chart.ts'
import { templateOutput } from './template-output.ts'
import { filesOf } from './testing/chart-named.ts'
import type { Table } from './value-table.ts'

const release = { name: 'rel', namespace: 'ns', revision: 1, isUpgrade: false }

async function rendered(
  contents: Record<string, string>,
  values: Table = {},
  options: Partial<RenderOptions> = {},
): Promise<RenderedChart> {
  return renderChart(await loadChart(filesOf(contents)), values, { release, ...options })
}

/** What one template of a chart with a few other files renders to. */
async function textOf(template: string, more: Record<string, string> = {}, values: Table = {}): Promise<string> {
  const { notes } = await rendered({ 'templates/NOTES.txt': template, ...more }, values)
  return notes?.trimEnd() ?? ''
}

const texts: [name: string, template: string, text: string, more?: Record<string, string>, values?: Table][] = [
  [
    'release',
    '{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Revision }} {{ .Release.IsInstall }}',
    'rel ns 1 true',
  ],
  ['chart', '{{ .Chart.Name }} {{ .Chart.Version }}{{ .Chart.Nothing }}', 'web 1.0.0'],
  [
    'values, numbers as Go has them',
    '{{ .Values.n }} {{ .Values.i }}',
    '1e+06 1000000',
    {},
    { n: 1000000, i: 1000000n },
  ],
  ['template', '{{ .Template.Name }} {{ .Template.BasePath }}', 'web/templates/NOTES.txt web/templates'],
  ['version of the cluster', '{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }}', 'v1.35.0 35'],
  [
    'versions that are served',
    '{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "x.io/v1" }}',
    'true false',
  ],
  ['a file', '{{ .Files.Get "one.txt" }}{{ .Files.Get "none" }}', 'content', { 'one.txt': 'content' }],
  [
    'files by pattern',
    '{{ range $path, $_ := .Files.Glob "conf/**.{txt,ini}" }}{{ $path }} {{ end }}',
    'conf/a.txt conf/deep/b.ini',
    { 'conf/a.txt': '', 'conf/deep/b.ini': '', 'conf/c.md': '', 'd.txt': '' },
  ],
  ['files as configuration', '{{ (.Files.Glob "c/*").AsConfig }}', 'x.txt: one', { 'c/x.txt': 'one' }],
  ['files as secrets', '{{ (.Files.Glob "c/*").AsSecrets }}', 'x.txt: b25l', { 'c/x.txt': 'one' }],
  ['no files', '[{{ (.Files.Glob "none*").AsConfig }}{{ (.Files.Glob "none*").AsSecrets }}]', '[{}{}]'],
  ['lines', '{{ range .Files.Lines "l" }}[{{ . }}]{{ end }}', '[a][b]', { l: 'a\nb\n' }],
  [
    'include',
    '{{ include "x" .Values }}',
    '[v]',
    { 'templates/_x.tpl': '{{ define "x" }}[{{ .k }}]{{ end }}' },
    { k: 'v' },
  ],
  [
    'tpl with definitions of its own',
    '{{ tpl .Values.t . }}',
    '<rel>',
    {},
    { t: '{{ define "i" }}<{{ .Release.Name }}>{{ end }}{{ include "i" . }}' },
  ],
  [
    'values by path, and as a plain map',
    '{{ .Values.PathValue "a.b" }} {{ (.Values.Table "a").b }} {{ dig "a" "c" "none" .Values.AsMap }} {{ .Values.YAML }}',
    'x x none a:\n  b: x',
    {},
    { a: { b: 'x' } },
  ],
  ['lookup', '{{ if lookup "v1" "Secret" "ns" "s" }}found{{ else }}nothing{{ end }}', 'nothing'],
  ['what is missing', '[{{ .Values.a }}{{ .Values.missing.deep }}]', '[]', {}, { missing: {} }],
]

for (const [name, template, text, more, values] of texts) {
  test(`templates see: ${name}`, async () => assert.equal(await textOf(template, more, values), text))
}

test('files of bytes that are no text stay what they are', async () => {
  const content = Buffer.from('ff00fe80616263e9', 'hex')
  const template =
    '{{ $f := .Files.Get "b" }}{{ len $f }} {{ b64enc $f }} {{ sha256sum $f }} {{ toJson $f }} {{ toYaml $f }}'
  const files = [...filesOf({ 'templates/NOTES.txt': template }), { path: 'b', content }]
  const { notes } = await renderChart(await loadChart(files), {}, { release })
  const hash = createHash('sha256').update(content).digest('hex')
  const json = '"\\ufffd\\u0000\\ufffd\\ufffdabc\\ufffd"'
  assert.equal(notes, `8 ${content.toString('base64')} ${hash} ${json} "\ufffd\\0\ufffd\ufffdabc\ufffd"`)
  const manifest = [
    ...filesOf({ 'templates/a.yaml': 'a: {{ .Files.Get "b" | trimSuffix "x" }}' }),
    { path: 'b', content },
  ]
  await assert.rejects(
    async () => renderChart(await loadChart(manifest), {}, { release }),
    /YAML parse error on web\/templates\/a\.yaml: error converting YAML to JSON: yaml: invalid leading UTF-8 octet/,
  )
})

test('methods are called with what they take', async () => {
  for (const [call, wanted] of [
    ['.Files.Get', 'wrong number of args for Get: want 1 got 0'],
    ['.Values.AsMap 1', 'wrong number of args for AsMap: want 0 got 1'],
    ['.Values.Table "none"', 'error calling Table: "none" is not a table'],
    ['.Values.PathValue "a.b"', 'error calling PathValue: "b" is not a value'],
    ['dig "a" "none" .Values', 'interface {} is common.Values, not map[string]interface {}'],
  ]) {
    const failed = await textOf(`{{ ${call} }}`).catch((error: unknown) => error)
    assert.ok(failed instanceof Error && failed.message.includes(wanted ?? ''), String(failed))
  }
})

test('a parent defines over its subcharts, a subchart sees its own values', async () => {
  const { manifests } = await rendered({
    'templates/_x.tpl': '{{ define "x" }}parent{{ end }}',
    'charts/db/Chart.yaml': 'name: db\nversion: 1.0.0\n',
    'charts/db/values.yaml': 'port: 1',
    'charts/db/templates/_x.tpl': '{{ define "x" }}child{{ end }}',
    'charts/db/templates/a.yaml': 'a: {{ include "x" . }} {{ .Values.port }} {{ .Chart.IsRoot }}',
  })
  assert.deepEqual(
    manifests.map(({ path, text }) => [path, text]),
    [['web/charts/db/templates/a.yaml', 'a: parent 1 false']],
  )
})

test('a subchart is named as it likes', async () => {
  const chart = await loadChart(
    filesOf({ 'templates/NOTES.txt': '{{ range $k, $v := .Subcharts }}{{ $k }} {{ end }}' }),
  )
  const subchart = { ...chart, metadata: { ...chart.metadata, name: '__proto__' } }
  const { notes } = await renderChart({ ...chart, subcharts: [subchart] }, {}, { release, unchecked: true })
  assert.equal(notes, '__proto__ ')
})

test('of a library only partials count', async () => {
  const { manifests } = await rendered({
    'charts/lib/Chart.yaml': 'name: lib\nversion: 1.0.0\ntype: library\n',
    'charts/lib/templates/_x.tpl': '{{ define "x" }}shared{{ end }}',
    'charts/lib/templates/a.yaml': 'never: 1',
    'templates/a.yaml': 'a: {{ include "x" . }}',
  })
  assert.deepEqual(
    manifests.map(({ text }) => text),
    ['a: shared'],
  )
  await assert.rejects(rendered({ 'Chart.yaml': 'name: lib\nversion: 1.0.0\ntype: library\n' }), {
    message: 'library charts are not installable',
  })
})

test('notes are those of the chart itself, no manifest', async () => {
  const { notes, manifests } = await rendered({
    'templates/NOTES.txt': 'Hello {{ .Release.Name }}',
    'charts/db/Chart.yaml': 'name: db\nversion: 1.0.0\n',
    'charts/db/templates/NOTES.txt': 'never',
  })
  assert.equal(notes, 'Hello rel')
  assert.deepEqual(manifests, [])
})

const failures: [name: string, contents: Record<string, string>, message: string][] = [
  [
    'required',
    { 'templates/a.yaml': 'x: 1\ny: {{ required "name it" .Values.a }}' },
    'execution error at (web/templates/a.yaml:2:6): name it',
  ],
  [
    'an unknown function',
    { 'templates/a.yaml': '{{ nothing }}' },
    'parse error at (web/templates/a.yaml:1): function "nothing" not defined',
  ],
  [
    'a failure below an include',
    {
      'templates/a.yaml': '{{ include "x" . }}',
      'templates/_x.tpl': '{{ define "x" }}\n{{ .Values.a.b.c }}{{ end }}',
      'values.yaml': 'a: {}',
    },
    [
      'web/templates/a.yaml:1:3',
      '  executing "web/templates/a.yaml" at <include "x" .>:',
      '    error calling include:',
      'web/templates/_x.tpl:2:10',
      '  executing "x" at <.Values.a.b.c>:',
      '    nil pointer evaluating interface {}.c',
    ].join('\n'),
  ],
]

for (const [name, contents, message] of failures) {
  test(`errors: ${name}`, () => assert.rejects(rendered(contents), { name: 'HelmError', message }))
}

test('a template that includes itself ends', () =>
  assert.rejects(rendered({ 'templates/a.yaml': '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}' }), {
    name: 'HelmError',
  }))

test('values that break the schema are all told, of subcharts too', async () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    required: ['image', 'name'],
    properties: {
      port: { type: 'integer', minimum: 1 },
      kind: { enum: ['a', 'b'] },
      extra: { type: 'object', additionalProperties: false },
      name: { pattern: '(?i)^x' },
      code: { pattern: '^[0-9]+$' },
    },
  }
  const contents = {
    'values.schema.json': JSON.stringify(schema),
    'charts/db/Chart.yaml': 'name: db\nversion: 1.0.0\n',
    'charts/db/values.schema.json': '{"properties": {"port": {"type": ["integer", "null"]}}}',
  }
  const values = { port: 0, kind: 'c', extra: { y: 1 }, db: { port: 'x' } }
  await assert.rejects(rendered(contents, values), (error: Error) => {
    assert.deepEqual(error.message.split('\n'), [
      "values don't meet the specifications of the schema(s) in the following chart(s):",
      'web:',
      "- at '': missing properties 'image', 'name'",
      "- at '/port': minimum: got 0, want 1",
      "- at '/kind': value must be one of 'a', 'b'",
      "- at '/extra': additional properties 'y' not allowed",
      'db:',
      "- at '/port': got string, want null or integer",
      '',
    ])
    return true
  })
  await rendered(contents, { port: 3n, image: 'x', name: 'Xy', code: '12' })
})

for (const dialect of [
  'http://json-schema.org/draft-04/schema#',
  'http://json-schema.org/draft-06/schema#',
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft/2019-09/schema',
  'https://json-schema.org/draft/2020-12/schema',
]) {
  test(`schemas of ${dialect}`, async () => {
    const contents = {
      'values.schema.json': JSON.stringify({ $schema: dialect, properties: { a: { type: 'string' } } }),
    }
    await rendered(contents, { a: 'x' })
    await assert.rejects(rendered(contents, { a: true }), { message: /- at '\/a': got boolean, want string/ })
  })
}

const printed = {
  'crds/c.yaml': 'kind: CustomResourceDefinition\n',
  'templates/a.yaml': 'kind: Service\nmetadata:\n  name: s\n---\nkind: Secret\n',
  'templates/hook.yaml': 'kind: Pod\nmetadata:\n  annotations:\n    helm.sh/hook: test\n',
}

test('what is printed', async () => {
  const chart = await rendered(printed)
  const secret = '---\n# Source: web/templates/a.yaml\nkind: Secret\n'
  const service = '---\n# Source: web/templates/a.yaml\nkind: Service\nmetadata:\n  name: s\n'
  const crd = '---\n# Source: web/crds/c.yaml\nkind: CustomResourceDefinition\n\n'
  const hook = `---\n# Source: web/templates/hook.yaml\n${printed['templates/hook.yaml'].trim()}\n`
  assert.equal(templateOutput(chart), secret + service + hook)
  assert.equal(templateOutput(chart, { skipTests: true }), secret + service)
  assert.equal(templateOutput(chart, { noHooks: true, includeCrds: true }), crd + secret + service)
  assert.equal(templateOutput(chart, { showOnly: ['templates/a.*'] }), secret + service)
  assert.throws(() => templateOutput(chart, { showOnly: ['templates/none.yaml'] }), {
    message: 'could not find template templates/none.yaml in chart',
  })
})

test('what is looked up is asked for once, all questions of a round together', async () => {
  const asked: string[][] = []
  let round: string[] = []
  const lookup = async ({ kind, name }: LookupQuery) => {
    if (round.length === 0) asked.push(round)
    round.push(`${kind}/${name}`)
    await Promise.resolve()
    round = []
    if (name === 'none') return undefined
    return name === '' ? { items: [{ n: 1 }, { n: 2 }] } : { metadata: { name }, next: `${name}+` }
  }
  const contents = {
    'templates/a.yaml': [
      'a: {{ $_ := set .Values "count" (add1 .Values.count) }}',
      '{{- $first := lookup "v1" "A" "ns" "x" }}',
      '{{- (lookup "v1" "A" "ns" $first.next).metadata.name }} {{ .Values.count }}',
    ].join('\n'),
    'templates/b.yaml': 'b: {{ range (lookup "v1" "B" "" "").items }}{{ printf "%d" .n }}{{ end }}',
    'templates/c.yaml': 'c: {{ lookup "v1" "C" "ns" "none" | toJson }} # {{ lookup "v1" "A" "ns" "x" | toJson }}',
  }
  const { files } = await rendered(contents, { count: 0n }, { lookup })
  assert.deepEqual(Object.fromEntries(files), {
    'web/templates/a.yaml': 'a: x+ 1',
    'web/templates/b.yaml': 'b: 12',
    'web/templates/c.yaml': 'c: {} # {"metadata":{"name":"x"},"next":"x+"}',
  })
  assert.deepEqual(asked.flat().sort(), ['A/x', 'A/x+', 'B/', 'C/none'])
  assert.ok(asked.length < 4)
})

test('a lookup that fails fails its template; one that never ends is ended', async () => {
  const failing = { 'templates/a.yaml': '{{ lookup "v1" "A" "" "x" }}' }
  const lookup = () => Promise.reject(new Error('secrets is forbidden'))
  await assert.rejects(rendered(failing, {}, { lookup }), { message: /error calling lookup: secrets is forbidden/ })
  const endless = { 'templates/a.yaml': '{{ lookup "v1" "A" "" (randAlpha 20) }}' }
  await assert.rejects(rendered(endless, {}, { lookup: () => Promise.resolve(undefined) }), {
    message: /hang on one another more than 64 deep/,
  })
})

test('where versions of Helm differ', async () => {
  const contents = {
    'values.yaml': 'a: null\nb: {c: null, d: 1}\nl: [null]',
    'templates/NOTES.txt': '{{ .Values | toJson }} {{ .Capabilities.HelmVersion.Version }}',
    'templates/a.yaml': 'text: |\n  x\n\n---\n\nb: 1\n \n',
  }
  const old = await rendered(contents)
  assert.equal(old.notes, '{"a":null,"b":{"c":null,"d":1},"l":[null]} v4.1.4')
  assert.deepEqual(
    old.manifests.map(({ text }) => text),
    ['text: |\n  x', 'b: 1'],
  )
  const fresh = await rendered(contents, {}, { helm: '4.2' })
  assert.equal(fresh.notes, '{"b":{"d":1},"l":[null]} v4.2')
  assert.deepEqual(
    fresh.manifests.map(({ text }) => text),
    ['text: |\n  x', 'b: 1\n \n'],
  )
  const toml = { 'templates/NOTES.txt': '{{ mustToToml (dict "a" 1) }}' }
  await assert.rejects(rendered(toml), { message: /function "mustToToml" not defined/ })
  assert.equal((await rendered(toml, {}, { helm: '4.2' })).notes, 'a = 1\n')
})

test('what only the command checks can be left out; notes of subcharts can be had', async () => {
  const contents = {
    'Chart.yaml': 'name: web\nversion: 1.0.0\ntype: library\ndependencies: [{name: x, version: 1.0.0}]\n',
    'charts/db/Chart.yaml': 'name: db\nversion: 1.0.0\n',
    'charts/db/templates/NOTES.txt': 'db',
    'templates/NOTES.txt': 'web',
  }
  const { notes } = await rendered(contents, {}, { unchecked: true, subNotes: true })
  assert.equal(notes, 'db')
})

test('a cluster says which version it is and what it serves; time comes from outside', async () => {
  const cluster = {
    version: { gitVersion: 'v1.33.4-gke.1', major: '1', minor: '33+' },
    apiVersions: ['v1', 'x.io/v1', 'x.io/v1/Thing'],
  }
  const contents = {
    'templates/NOTES.txt':
      '{{ with .Capabilities }}{{ .KubeVersion }} {{ .KubeVersion.Minor }} {{ .APIVersions }}{{ end }} {{ date "15:04 MST" now }}',
  }
  const { notes } = await rendered(contents, {}, { cluster: { cluster }, now: () => 0, timeZone: 'Europe/Berlin' })
  assert.equal(notes, 'v1.33.4-gke.1 33+ [v1 x.io/v1 x.io/v1/Thing] 01:00 CET')
  const bound = { ...contents, 'Chart.yaml': 'name: web\nversion: 1.0.0\nkubeVersion: ">=1.21.0"\n' }
  await assert.rejects(rendered(bound, {}, { cluster: { cluster } }), { message: /which is incompatible with/ })
})

test('rendering twice gives the same, and leaves chart and values alone', async () => {
  const chart = await loadChart(filesOf({ 'values.yaml': 'a: {b: 1}', 'templates/a.yaml': 'a: {{ .Values.a.b }}' }))
  const before = structuredClone(chart.values)
  const first = await renderChart(chart, {}, { release })
  assert.deepEqual(await renderChart(chart, {}, { release }), first)
  assert.deepEqual(chart.values, before)
})
