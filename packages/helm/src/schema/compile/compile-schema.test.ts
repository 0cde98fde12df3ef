import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { besideHelm } from '../../testing/beside-helm.ts'

const draft4 = 'http://json-schema.org/draft-04/schema#'
const draft7 = 'http://json-schema.org/draft-07/schema#'
const draft2019 = 'https://json-schema.org/draft/2019-09/schema'

const cases: Record<string, [schema: object, values: object]> = {
  'draft 4 writes exclusive bounds as marks and its name as id': [
    {
      $schema: draft4,
      id: 'http://a.example/root.json',
      definitions: { few: { id: '#few', maximum: 3, exclusiveMaximum: true } },
      properties: { a: { $ref: '#few' }, b: { $ref: 'root.json#/definitions/few' }, c: { const: 1 } },
    },
    { a: 3, b: 4, c: 2 },
  ],
  'beside a reference nothing counts before draft 2019-09': [
    {
      $schema: draft7,
      definitions: { text: { type: 'string' } },
      properties: { a: { $ref: '#/definitions/text', maxLength: 1 } },
    },
    { a: 'long' },
  ],
  'beside a reference everything counts since': [
    { $defs: { text: { type: 'string' } }, properties: { a: { $ref: '#/$defs/text', maxLength: 1 } } },
    { a: 'long' },
  ],
  'an id within a document is an address for references': [
    {
      $id: 'http://a.example/root.json',
      $defs: { inner: { $id: 'inner.json', $defs: { text: { $anchor: 'text', type: 'string' } } } },
      properties: { a: { $ref: 'inner.json#text' }, b: { $ref: 'inner.json#/$defs/text' } },
    },
    { a: 1, b: 1 },
  ],
  'a pointer with escapes': [
    { $defs: { 'a/b~c %': { type: 'string' } }, properties: { a: { $ref: '#/$defs/a~1b~0c%20%25' } } },
    { a: 1 },
  ],
  'a schema where none is looked for': [
    {
      definitions: { a: { examples: [{ type: 'string' }] } },
      properties: { a: { $ref: '#/definitions/a/examples/0' } },
    },
    { a: 1 },
  ],
  'a dynamic reference leads to the outermost anchor': [
    {
      $ref: 'list.json',
      $defs: {
        text: { $dynamicAnchor: 'item', type: 'string' },
        list: {
          $id: 'list.json',
          $defs: { any: { $dynamicAnchor: 'item' } },
          properties: { a: { items: { $dynamicRef: '#item' } } },
        },
      },
    },
    { a: [1, 'x'] },
  ],
  'a recursive reference leads to the outermost schema that allows it': [
    {
      $schema: draft2019,
      $recursiveAnchor: true,
      $ref: 'tree.json',
      unevaluatedProperties: false,
      $defs: { tree: { $id: 'tree.json', $recursiveAnchor: true, properties: { a: { $recursiveRef: '#' } } } },
    },
    { a: { a: { b: 1 } } },
  ],
  // Those around the others are read first.
  'one name for two schemas': [{ $id: 'http://a/', $defs: { a: { $id: 'http://a/' } } }, {}],
  'one anchor for two schemas': [{ $defs: { a: { $anchor: 'x', not: { $anchor: 'x' } } } }, {}],
  'a pattern that is none': [{ properties: { 'a/b': { patternProperties: { '(': true } } } }, {}],
  'a pointer that is none': [{ properties: { a: { $ref: '#/~2' } } }, {}],
  'a reference that is none': [{ properties: { a: { $ref: '#%zz' } } }, {}],
  'a reference to a name that nobody resolves': [{ properties: { a: { $ref: 'urn:a:b' } } }, { a: 1 }],
}

describe('schemas beside the real helm', { concurrency: 2 }, () => {
  for (const [name, [schema, values]] of Object.entries(cases)) {
    test(name, async () => {
      const { ours, real } = await besideHelm({
        'values.schema.json': JSON.stringify(schema),
        'values.yaml': JSON.stringify(values),
      })
      // The real one tells them in no order of its own.
      assert.deepEqual(ours.split('\n').sort(), real.split('\n').sort())
    })
  }
})
