import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IndexError } from './index-fields.ts'
import { readIndex } from './read-index.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

const yaml = `apiVersion: v1
entries:
  web:
  - apiVersion: v2
    appVersion: 1.10
    created: 2024-03-01T10:00:00.120000000Z
    dependencies:
    - name: common
      repository: oci://registry.example.com/charts
      version: 2.x.x
    description: <b>Web & more</b>
    digest: abc
    maintainers:
    - name: Someone
    name: web
    urls:
    - web-1.0.0.tgz
    version: 1.0.0
generated: 2024-03-02T10:00:00+02:00
`

describe('an index', () => {
  test('is published as the JSON that Go writes', () => {
    const published = readIndex(bytes(yaml)).json().toString('utf8')
    assert.equal(
      published,
      `{
  "apiVersion": "v1",
  "generated": "2024-03-02T10:00:00+02:00",
  "entries": {
    "web": [
      {
        "name": "web",
        "version": "1.0.0",
        "description": "\\u003cb\\u003eWeb \\u0026 more\\u003c/b\\u003e",
        "maintainers": [
          {
            "name": "Someone"
          }
        ],
        "apiVersion": "v2",
        "appVersion": "1.1",
        "dependencies": [
          {
            "name": "common",
            "version": "2.x.x",
            "repository": "oci://registry.example.com/charts"
          }
        ],
        "urls": [
          "web-1.0.0.tgz"
        ],
        "created": "2024-03-01T10:00:00.12Z",
        "digest": "abc"
      }
    ]
  }
}`,
    )
  })

  test('of its published form is the same index', () => {
    const first = readIndex(bytes(yaml))
    const second = readIndex(first.json())
    assert.deepEqual(second.index.find('web', '*'), first.index.find('web', '*'))
    assert.deepEqual(second.json(), first.json())
  })

  test('leaves out what is no chart, and keeps the rest', () => {
    const { index } = readIndex(
      bytes(
        JSON.stringify({
          apiVersion: 'v1',
          entries: {
            web: [
              null,
              { name: 'web', version: 'one', urls: ['a'] },
              { name: '../web', version: '1.0.0', urls: ['b'] },
              { name: 'web', version: '1.0.0', type: 'strange', urls: ['c'] },
              { name: 'web', version: '1.0.0', urls: ['d'] },
              { version: '2.0.0' },
            ],
          },
        }),
      ),
    )
    assert.deepEqual(index.find('web', '*').urls, ['d'])
  })

  test('in JSON may have fields that nobody knows', () => {
    const text = '{"apiVersion":"v1","entries":{"a":[{"name":"a","version":"1.0.0","strange":1}]},"more":true}'
    assert.equal(readIndex(bytes(text)).index.find('a', '').version, '1.0.0')
  })

  const refused: [what: string, text: string, said: string][] = [
    ['nothing', '', 'empty index.yaml file'],
    ['no version', 'entries: {}\n', 'no API version specified'],
    ['no YAML', 'entries: [\n', 'error converting YAML to JSON: yaml: line 1: did not find expected node content'],
    [
      'an unknown field',
      'apiVersion: v1\nstrange: 1\n',
      'error unmarshaling JSON: while decoding JSON: json: unknown field "strange"',
    ],
    [
      'an unknown field of a chart',
      'apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n    strange: 1\n',
      'error unmarshaling JSON: while decoding JSON: json: unknown field "strange"',
    ],
    [
      'a list for a text',
      'apiVersion: v1\nentries:\n  a:\n  - name: [a]\n    version: 1.0.0\n',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field ChartVersion.entries.name of type string',
    ],
    [
      'a page of HTML',
      '<html>\n<body>not found</body>\n</html>\n',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type repo.IndexFile',
    ],
  ]
  for (const [what, text, said] of refused) {
    test(`of ${what} is refused`, () => {
      assert.throws(
        () => readIndex(bytes(text)),
        error => error instanceof IndexError && error.message === said,
      )
    })
  }

  test('that is hostile is an error, not a crash', () => {
    const deep = `apiVersion: v1\nentries: ${'['.repeat(20_000)}`
    assert.throws(() => readIndex(bytes(deep)), IndexError)
    const bomb =
      'a: &a [x,x,x,x,x,x,x,x,x]\n' +
      'bcdefgh'.replace(
        /./g,
        name => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(9)}]\n`,
      )
    assert.throws(() => readIndex(bytes(`apiVersion: v1\n${bomb}`)), IndexError)
    const proto = '{"apiVersion":"v1","entries":{"__proto__":[{"name":"a","version":"1.0.0"}],"constructor":[]}}'
    assert.throws(() => readIndex(bytes(proto)).index.find('toString', '*'), { message: 'no chart name found' })
  })
})
