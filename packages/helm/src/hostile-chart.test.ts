/** Charts that would never end, or take all memory: each fails alone, with a message. The limits are those of the engine itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadChart } from './load-chart.ts'
import { parseValues } from './parse-values.ts'
import { renderChart } from './render-chart.ts'
import { filesOf } from './testing/chart-named.ts'

const release = { name: 'rel', namespace: 'ns', revision: 1, isUpgrade: false }

async function rendered(contents: Record<string, string>): Promise<unknown> {
  return renderChart(await loadChart(filesOf(contents)), {}, { release, milliseconds: 150 })
}

const doubled = (first: string, again: string, times: number, last: string) =>
  `{{ $x := ${first} }}{{ range until ${times} }}{{ $x = ${again} }}{{ end }}{{ ${last} }}`

const templates: [name: string, template: string, message: RegExp][] = [
  [
    'a template within itself',
    '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}',
    /maximum template depth/,
  ],
  [
    'an include within itself',
    '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
    /nested reference|depth/,
  ],
  ['tpl within itself', '{{ tpl (.Files.Get "t") . }}', /error calling tpl/],
  [
    'a long loop',
    '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}',
    /takes longer than|more than/,
  ],
  ['a loop over a number', '{{ range 9223372036854775807 }}{{ end }}', /takes longer than|steps/],
  [
    'much output',
    '{{ range 9223372036854775807 }}0123456789012345678901234567890123456789{{ end }}',
    /larger than|longer/,
  ],
  ['a text repeated', '{{ repeat 1000000000 "x" }}', /larger than/],
  ['a long list', '{{ until 1000000000 }}', /larger than/],
  ['a list of steps', '{{ untilStep 0 2000000000 1 }}', /larger than/],
  ['a sequence', '{{ seq 0 1 2000000000 }}', /larger than/],
  ['a text that doubles', doubled('"xxxxxxxx"', 'print $x $x', 60, 'len $x'), /more than/],
  ['a list that doubles', doubled('list 1 2', 'concat $x $x', 60, 'len $x'), /larger than|longer than/],
  ['a list in a list', doubled('list 1 2', 'list $x $x', 60, '$x'), /parts/],
  ['a map in a map, as YAML', doubled('dict', 'dict "a" $x "b" $x', 60, 'mustToYaml $x'), /parts/],
  ['copies', doubled('list 1 2', 'list $x $x', 60, 'deepCopy $x'), /parts/],
  ['comparisons', doubled('list 1 2', 'list $x $x', 60, 'uniq (list $x (deepCopy $x))'), /parts/],
  ['a map that holds itself', '{{ $x := dict }}{{ $_ := set $x "a" $x }}{{ mustToJson $x }}', /cycle/],
  [
    'a map that holds itself twice',
    '{{ $x := dict }}{{ $_ := set $x "a" $x }}{{ $_ := set $x "b" $x }}{{ $x }}',
    /parts|deeply/,
  ],
  ['keys, one after another', '{{ range until 1000 }}{{ $_ := genPrivateKey "rsa" }}{{ end }}', /takes longer than/],
  ['authorities', '{{ range until 1000 }}{{ $_ := genCA "x" 365 }}{{ end }}', /takes longer than/],
  [
    'certificates',
    '{{ range until 1000 }}{{ $_ := genSelfSignedCert "x" nil (list "a") 365 }}{{ end }}',
    /takes longer than/,
  ],
  ['random numbers of the full width', '{{ range until 9 }}{{ randInt 0 9223372036854775807 }}{{ end }}', /./],
  ['random texts', '{{ $_ := randAscii 16000000 }}', /./],
  ['a long text shuffled', '{{ shuffle (repeat 8000000 "ab") }}', /larger than/],
  ['a long text in snake case', '{{ snakecase (repeat 4000000 "ab") }}', /larger than/],
  ['a map of many pieces', '{{ split "a" (repeat 1000000 "ab") }}', /larger than/],
  ['a long pattern', '{{ mustRegexMatch (repeat 2000000 "1.") "" }}', /expression too large/],
  ['a long layout', '{{ mustToDate (repeat 20000 "02.") "x" }}', /cannot parse|parsing time/],
  ['passwords', '{{ range until 100000 }}{{ $_ := bcrypt "x" }}{{ end }}', /takes longer than/],
  [
    'derived passwords',
    '{{ range until 100000 }}{{ $_ := derivePassword 1 "long" "a" "b" "c" }}{{ end }}',
    /takes longer than/,
  ],
  ['a pattern on a long text', '{{ mustRegexMatch (repeat 900 "(a|b)*") (repeat 16000000 "a") }}', /too large/],
  ['a pattern that is none', '{{ mustRegexMatch "((a{1000}){1000}){1000}" "" }}', /invalid repeat count/],
  ['parentheses', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`, /depth/],
  ['blocks', `${'{{ if 1 }}'.repeat(100_000)}${'{{ end }}'.repeat(100_000)}`, /depth/],
  [
    'YAML in YAML',
    '{{ range until 100000 }}{{ $_ := fromYaml (repeat 100000 "- a\\n") }}{{ end }}',
    /takes longer than/,
  ],
  ['wide padding', '{{ printf "%99999999999d%0*d" 1 99999999999 1 }}', /./],
  [
    'a loop in an include',
    '{{ define "x" }}{{ range until 100000 }}{{ include "y" $ }}{{ end }}{{ end }}{{ define "y" }}{{ range until 100000 }}{{ end }}{{ end }}{{ include "x" . }}',
    /takes longer than/,
  ],
]

for (const [name, template, message] of templates) {
  test(`a hostile template: ${name}`, async () => {
    const contents = { 'templates/a.yaml': `a: ${template}`, t: '{{ tpl (.Files.Get "t") . }}' }
    await rendered(contents).then(
      () => assert.match('', message.source === '.' ? /^/ : message),
      (error: unknown) => {
        assert.ok(error instanceof Error)
        assert.equal(error.name, 'HelmError')
        assert.ok(message.test(error.message), error.message.slice(-500))
        assert.ok(error.message.length < 5_000_000)
      },
    )
  })
}

test('many slow templates of one chart', async () => {
  const slow = '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}'
  await assert.rejects(rendered({ 'templates/a.yaml': slow, 'templates/b.yaml': slow }), /takes longer than/)
})

test('others have their turn while a chart of many templates is rendered', async () => {
  const contents: Record<string, string> = {}
  for (let index = 0; index < 40; index++) contents[`templates/${index}.yaml`] = '{{ range until 30000 }}{{ end }}'
  let turns = 0
  const timer = setInterval(() => turns++)
  await rendered(contents)
  clearInterval(timer)
  assert.ok(turns > 0)
})

test('values of aliases upon aliases', () => {
  let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x]\n'
  for (let level = 1; level < 12; level++) {
    text += `a${level}: &a${level} [${Array(9)
      .fill(`*a${level - 1}`)
      .join(',')}]\n`
  }
  assert.throws(() => parseValues(text, 'values'), /excessive aliasing/)
})

test('templates reach no file outside the chart, no environment, no network', async () => {
  const contents = {
    'templates/NOTES.txt': [
      '{{ .Files.Get "../../etc/passwd" }}{{ .Files.Get "/etc/passwd" }}',
      '{{ range $path, $_ := .Files.Glob "**/passwd" }}{{ $path }}{{ end }}',
      '{{ getHostByName "localhost" }}',
      '{{ .constructor }}{{ .Values.constructor }}{{ .Files.constructor }}{{ ("x" | list).constructor }}',
    ].join(''),
  }
  await assert.rejects(rendered(contents), /can't evaluate field constructor/)
  contents['templates/NOTES.txt'] = contents['templates/NOTES.txt'].replace('{{ ("x" | list).constructor }}', '')
  const { notes } = await renderChart(await loadChart(filesOf(contents)), {}, { release })
  assert.equal(notes, '')
  for (const name of ['env', 'expandenv']) {
    await assert.rejects(rendered({ 'templates/a.yaml': `{{ ${name} "HOME" }}` }), /not defined/)
  }
})
