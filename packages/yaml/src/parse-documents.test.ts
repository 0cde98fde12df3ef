import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseDocuments, parseFirst } from './parse-documents.ts'
import { SourceScalar } from './source-scalar.ts'
import { stringify } from './stringify.ts'
import { YamlError } from './yaml-error.ts'

describe('documents', () => {
  test('carry the line they begin at; empty ones are left out', () => {
    const text = '# head\n---\na: 1\n---\n# nothing\n---\nnull\n---\n\nb: 2\n'
    assert.deepEqual(parseDocuments(text), [
      { value: { a: 1 }, line: 3 },
      { value: { b: 2 }, line: 10 },
    ])
  })

  test('JSON is YAML', () => {
    assert.deepEqual(parseFirst('{"a": [1, "x", null, true], "b": {"c": 1.5}}'), {
      a: [1, 'x', null, true],
      b: { c: 1.5 },
    })
  })
})

describe('anchors and merges', () => {
  test('aliases are copies and explicit keys win over merged ones', () => {
    const value = parseFirst('base: &b {x: 1, w: {z: 2}}\nc:\n  <<: *b\n  x: 3\nd: *b\n')
    assert.deepEqual(value, { base: { x: 1, w: { z: 2 } }, c: { x: 3, w: { z: 2 } }, d: { x: 1, w: { z: 2 } } })
  })

  test('in a list of merges the earlier wins', () => {
    const value = parseFirst('a: &a {x: 1}\nb: &b {x: 2, w: 2}\nc: {<<: [*a, *b]}\n')
    assert.deepEqual((value as { c: unknown }).c, { x: 1, w: 2 })
  })

  test('a bomb of aliases is refused', () => {
    let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n'
    for (let i = 1; i < 9; i++)
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]\n`
    assert.throws(() => parseDocuments(text), /document contains excessive aliasing/)
  })

  test('an anchor cannot contain itself, an unknown one is named', () => {
    assert.throws(() => parseDocuments('a: &a [*a]'), /anchor 'a' value contains itself/)
    assert.throws(() => parseDocuments('a: *b'), /yaml: line 1: unknown anchor 'b' referenced/)
  })
})

describe('errors', () => {
  const table: [name: string, text: string, message: RegExp][] = [
    ['two colons', 'a: 1\nb: c: d\n', /^f\.yaml: yaml: line 2: mapping values are not allowed in this context$/],
    ['duplicate key', 'a: 1\nb: 2\na: 3\n', /^f\.yaml: yaml: line 3: mapping key "a" already defined$/],
    ['infinity', 'a: .inf\n', /^f\.yaml: yaml: line 1: \.inf has no form in JSON$/],
  ]
  for (const [name, text, message] of table) {
    test(name, () => {
      assert.throws(
        () => parseDocuments(text, { file: 'f.yaml' }),
        error => error instanceof YamlError && message.test(error.message),
      )
    })
  }

  test('limits: depth and length', () => {
    assert.throws(() => parseDocuments('['.repeat(600) + ']'.repeat(600)), /exceeded max depth/)
    assert.throws(() => parseDocuments('a: b', { maxLength: 2 }), /longer than 2 characters/)
  })

  test('the last of duplicate keys wins where that is asked for', () => {
    assert.deepEqual(parseFirst('a: 1\na: 2', { duplicateKeys: 'last' }), { a: 2 })
  })
})

test('source of scalars is kept only where the value does not tell it', () => {
  const value = parseFirst('a: 1.0\nb: 8080\nc:\nd: True\n', { keepSource: true, dialect: '1.2' })
  assert.deepEqual(value, {
    a: new SourceScalar(1, '1.0'),
    b: 8080,
    c: new SourceScalar(null, ''),
    d: new SourceScalar(true, 'True'),
  })
})

test('keys like __proto__ and constructor are ordinary keys', () => {
  const value = parseFirst('__proto__: {x: 1}\nconstructor: 2\n')
  assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})

test('line and paragraph separators and NEL end a line, and what they are folded into is kept or not as in go-yaml', () => {
  const read = (text: string) => parseDocuments(text).map(document => document.value)
  assert.deepEqual(read("k: 'a\u2028  b'\n"), [{ k: 'a\u2028b' }])
  assert.deepEqual(read('k: "a \u2029 \u2028 b"\n'), [{ k: 'a\u2029\u2028b' }])
  assert.deepEqual(read('k: a\u0085  b\n'), [{ k: 'a b' }])
  assert.deepEqual(read('a: 1\u2028b: 2\n'), [{ a: 1, b: 2 }])
  assert.deepEqual(read('k: |\n  a\u2028  b\n'), [{ k: 'a\u2028b\n' }])
  const value = { 'a\u2028b': ['\u2028!', { c: '\u2029\u2028x' }] }
  assert.deepEqual(read(stringify(value)), [value])
})

test('what is written is read back as it was', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ab01:-#?!&*\'"[]{},|>%@` \n\t~yno.ex\u0085é😀_+/\\\r'.match(/./gsu)!),
  })
  const json = fc.jsonValue({ stringUnit: 'grapheme' })
  fc.assert(
    fc.property(fc.oneof(json, fc.dictionary(text, text), fc.array(text)), value => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown
      for (const dialect of ['1.1', '1.2'] as const) {
        const [first] = parseDocuments(stringify(plain), { dialect })
        assert.deepEqual(first?.value ?? null, plain)
      }
    }),
    { numRuns: 300 },
  )
})

test('no input makes the parser fail with anything but a YamlError', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'ab1:-#?!&*\'"[]{},|>%@` \n\t~<.\r'), maxLength: 60 })
  fc.assert(
    fc.property(soup, text => {
      try {
        parseDocuments(text, { keepSource: true, dialect: '1.2' })
      } catch (error) {
        assert.ok(error instanceof YamlError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('nesting is bounded in every form, with a clear error', () => {
  const depth = 100_000
  const texts = ['[', '[a: ', '{a: ', '{', '- ', '? ', '\t[', '!!x [', '? - '].map(open => open.repeat(depth))
  const keys = Array.from({ length: 2000 }, (_, indent) => `${' '.repeat(indent)}a:\n`).join('')
  for (const text of [...texts, keys]) {
    assert.throws(() => parseDocuments(text), YamlError, text.slice(0, 8))
    assert.throws(() => parseDocuments(text, { maxDepth: depth }), YamlError, text.slice(0, 8))
  }
  assert.throws(() => parseDocuments('['.repeat(501)), /^YamlError: yaml: line 1: exceeded max depth of 500$/)
  const nested = parseFirst(`${'['.repeat(400)}${']'.repeat(400)}`)
  assert.equal(JSON.stringify(nested).length, 800)
})

test('whoever has used up the stack gets that error, too', () => {
  const text = `${'{a: '.repeat(400)}1${'}'.repeat(400)}`
  const value = parseFirst(text)
  const errors = new Set<unknown>()
  const down = (): void => {
    for (const work of [() => parseFirst(text), () => stringify(value)]) {
      try {
        work()
      } catch (error) {
        errors.add(error instanceof Error ? error.name : error)
      }
    }
    down()
  }
  assert.throws(down, RangeError)
  // Where the stack ends between two of our own steps, the engine's own error is all that is left.
  assert.ok(errors.has('YamlError'))
})
