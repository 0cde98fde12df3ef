import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manifestHead } from './manifest-head.ts'

test('numbers and booleans where a text belongs become one', () => {
  const text =
    'kind: 1\nmetadata:\n  name: 1.5\n  annotations: {helm.sh/hook-weight: 5, on: true, none: null, far: 1e30}'
  assert.deepEqual(manifestHead(text, 'a'), {
    kind: '1',
    name: '1.5',
    annotations: { 'helm.sh/hook-weight': '5', true: 'true', none: '', far: '1e+30' },
  })
})

test('only the first document counts, and nothing is an empty head', () => {
  assert.equal(manifestHead('kind: A\n...\nkind: [\n', 'a').kind, 'A')
  assert.deepEqual(manifestHead('# only a remark', 'a'), { kind: '', name: '', annotations: {} })
})

test('what is no manifest is refused in the words of helm', () => {
  const metadata = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }'
  const fields: [text: string, said: string][] = [
    ['text', 'string into Go value of type util.SimpleHead'],
    ['- 1', 'array into Go value of type util.SimpleHead'],
    ['kind: [a]', 'array into Go struct field SimpleHead.kind of type string'],
    ['apiVersion: {a: 1}', 'object into Go struct field SimpleHead.apiVersion of type string'],
    ['metadata: x', `string into Go struct field SimpleHead.metadata of type ${metadata}`],
    ['metadata: {annotations: [a]}', 'array into Go struct field .metadata.annotations of type map[string]string'],
    ['metadata: {annotations: {a: {}}}', 'object into Go struct field .metadata.annotations of type string'],
    ['metadata: {name: []}', 'array into Go struct field .metadata.name of type string'],
  ]
  for (const [text, said] of fields) {
    const message = `YAML parse error on web/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${said}`
    assert.throws(() => manifestHead(text, 'web/a.yaml'), { name: 'HelmError', message })
  }
  const syntax: [text: string, said: string][] = [
    ['a: 1\nb: 2\ndata:\n  x: 1\n  y: 2\n  "a" b: 3', 'line 5: did not find expected key'],
    ['a: 1\nfoo\nb: 2', "line 3: could not find expected ':'"],
    ['a: 1\nb: *x', "unknown anchor 'x' referenced"],
    ['a: ]', 'did not find expected node content'],
  ]
  for (const [text, said] of syntax) {
    const message = `YAML parse error on web/a.yaml: error converting YAML to JSON: yaml: ${said}`
    assert.throws(() => manifestHead(text, 'web/a.yaml'), { message })
  }
})
