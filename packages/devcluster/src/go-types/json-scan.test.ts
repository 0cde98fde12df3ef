import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { scanJson, syntaxProblem } from './json-scan.ts'

describe('a scan of JSON', () => {
  test('takes everything that JSON.stringify writes, and finds no duplicates in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        assert.deepEqual(scanJson(JSON.stringify(value, null, indent)).duplicates, [])
      }),
    )
  })

  test('agrees with JSON.parse on what is JSON', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '0.5e1',
      'true',
      'nul',
      'null',
      ' ',
      '"\\u00e"',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const text = pieces.join('')
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (valid) scanJson(text)
        else assert.throws(() => scanJson(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('names fields that occur twice', () => {
    const text = '{"a":1,"b":{"c":[{"d":1,"d":2}]},"a":2,"b":{}}'
    assert.deepEqual(scanJson(text).duplicates, ['b.c[0].d', 'a', 'b'])
  })

  const problems: [string, string][] = [
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{nope', "invalid character 'n' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['nope', "invalid character 'o' in literal null (expecting 'u')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['<', "invalid character '<' looking for beginning of value"],
  ]
  for (const [text, expected] of problems) {
    test(`says what is wrong with ${JSON.stringify(text)}`, () => assert.equal(syntaxProblem(text), expected))
  }
})
