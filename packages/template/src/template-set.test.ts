import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { sprigFunctions, TemplateError, TemplateSet, typed } from './index.ts'

function render(text: string, data: unknown = {}): string {
  const include = typed('string, any', ([name, value], { set }) => set.render(String(name), value))
  const set = new TemplateSet({ functions: { ...sprigFunctions, include }, missingKey: 'zero' })
  set.parse('t', text)
  return set.render('t', data)
}

class Files extends Map<string, string> {
  Get(name: unknown): string {
    return this.get(String(name)) ?? ''
  }
}

class Struct {
  constructor() {
    for (const [at, key] of ['__proto__', 'constructor'].entries()) {
      Object.defineProperty(this, key, { value: at + 1, enumerable: true })
    }
  }
}

const struct = new Struct()
const data = {
  a: { b: 1 },
  list: ['x', 2, null],
  n: 3n,
  f: 1.5,
  big: 1e6,
  s: 'héllo',
  files: new Files([['p', 'q']]),
  struct,
}

describe('templates', () => {
  const table: [template: string, expected: string][] = [
    ['{{ .a.b }} {{ .n }} {{ .f }} {{ .big }} {{ .list }} {{ .a }}', '1 3 1.5 1e+06 [x 2 <nil>] map[b:1]'],
    ['{{ range $i, $e := .list }}{{ $i }}{{ $e }};{{ else }}none{{ end }}', '0x;12;2<no value>;'],
    ['{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}{{ range .none }}{{ else }}-{{ end }}', '02-'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}', '2'],
    ['{{ with .a }}{{ .b }}{{ $.n }}{{ else with .none }}no{{ end }}', '13'],
    [
      'a {{- /* gone */ -}} b{{ "\\u00e9\\x41" }}{{ `\\n` }}{{ \'a\' }} {{ 0x1F }} {{ 1_000 }} {{ -3 }}',
      'abéA\\n97 31 1000 -3',
    ],
    ['{{ define "d" }}[{{ . }}]{{ end }}{{ template "d" .n }}{{ block "e" 2 }}{{ . }}{{ end }}', '[3]2'],
    ['{{ .files.Get "p" }}{{ range $k, $v := .files }}{{ $k }}{{ $v }}{{ end }}', 'qpq'],
    ['{{ ((.none).x).y | default "d" }}{{ or "" 0 "z" }}{{ and 1 0 (fail "never") }}', 'dz0'],
    ['{{ len .s }} {{ index .list 1 }} {{ substr 0 1 .s }} {{ trunc -3 .s }}', '6 2 h llo'],
    ['{{ toYaml (dict "b" (list 1) "a" "yes") }}', 'a: "yes"\nb:\n- 1'],
    ['{{ b64dec "/w==" | b64enc }}', '/w=='],
    ['{{ toJson .struct }}', '{"__proto__":1,"constructor":2}'],
  ]
  for (const [template, expected] of table) {
    test(template, () => assert.equal(render(template, data), expected))
  }

  const wrong: [template: string, message: string][] = [
    ['{{ .a.b.c }}', 'template: t:1:5: executing "t" at <.a.b.c>: can\'t evaluate field c in type interface {}'],
    ['\n  {{ .none.x }}', 'template: t:2:10: executing "t" at <.none.x>: nil pointer evaluating interface {}.x'],
    [
      '{{ eq .f 1 }}',
      'template: t:1:3: executing "t" at <eq .f 1>: error calling eq: incompatible types for comparison: float64 and int',
    ],
    ['{{ upper .n }}', 'template: t:1:9: executing "t" at <.n>: wrong type for value; expected string; got int'],
    ['{{ if }}x{{ end }}', 'template: t:1: missing value for if'],
    ['{{ $y }}', 'template: t:1: undefined variable "$y"'],
    ['{{ end }}', 'template: t:1: unexpected {{end}}'],
    ['{{ range .list }}', 'template: t:1: unexpected EOF'],
    ['{{ break }}', 'template: t:1: {{break}} outside {{range}}'],
    ['{{ "a" | 3 }}', 'template: t:1: non executable command in pipeline stage 2'],
  ]
  for (const [template, message] of wrong) {
    test(`refuses ${JSON.stringify(template)}`, () => assert.throws(() => render(template, data), { message }))
  }

  test('an error tells its place and what the author said', () => {
    assert.throws(
      () => render('\n é{{ required "name it" .none }}'),
      (error: unknown) => {
        assert.ok(error instanceof TemplateError)
        assert.deepEqual([error.line, error.column, error.failure], [2, 6, 'name it'])
        return true
      },
    )
  })

  test('a copy keeps its definitions to itself', () => {
    const set = new TemplateSet()
    set.parse('a', '{{ define "x" }}1{{ end }}{{ template "x" }}')
    const copy = set.clone()
    copy.parse('b', '{{ define "x" }}2{{ end }}')
    assert.deepEqual([set.render('a', {}), copy.render('a', {}), set.has('b')], ['1', '2', false])
  })

  test('what never ends is ended', () => {
    assert.throws(() => render('{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}'), TemplateError)
    assert.throws(() => render('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}'), TemplateError)
    assert.throws(() => render('{{ repeat 1000000000 "x" }}'), TemplateError)
    const set = new TemplateSet({ limits: { steps: 1000 } })
    set.parse('t', '{{ range 1000000000000 }}{{ end }}')
    assert.throws(() => set.render('t', {}), /more than 1000 steps/)
  })

  test('certificates are signed by their authority', () => {
    const [ca, cert] = render(
      '{{ $ca := genCA "root" 30 }}{{ $c := genSignedCert "leaf" (list "10.0.0.1" "::1") (list "a.example") 30 $ca }}' +
        '{{ $ca.Cert }}|{{ $c.Cert }}',
    ).split('|')
    const leaf = new X509Certificate(cert ?? '')
    assert.ok(leaf.verify(new X509Certificate(ca ?? '').publicKey))
    assert.ok(leaf.checkIssued(new X509Certificate(ca ?? '')))
    assert.ok(leaf.checkHost('a.example') && leaf.checkIP('10.0.0.1'))
  })

  test('a text is encrypted and read again', () => {
    assert.equal(render('{{ encryptAES "k" "geheim" | decryptAES "k" }}'), 'geheim')
  })

  test('whatever the text, it renders or is refused', () => {
    const part = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' ',
      '(',
      ')',
      '|',
      '.a',
      '$x',
      ':=',
      'if',
      'end',
      'range',
      '"s',
      '1',
      'len',
      '/*',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 20 }), parts => {
        try {
          render(parts.join(''), data)
        } catch (error) {
          assert.ok(error instanceof TemplateError, String(error))
        }
      }),
    )
  })
})

test('bytes print as their numbers', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
  assert.equal(render('{{ print .b }}', { b: bytes }), `[${[...bytes].join(' ')}]`)
  assert.equal(render('{{ print .b }}', { b: new Uint8Array() }), '[]')
})
