import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { applyDefaults, type Cause, definitionErrors, prune, schemaFromCrd, validate } from './index.ts'

const specOf = (spec: object) => schemaFromCrd({ type: 'object', properties: { spec: { type: 'object', ...spec } } })
const texts = (causes: Cause[]) => causes.map(cause => `${cause.field}: ${cause.message}`)
const errors = (spec: object, value: unknown, old?: unknown) =>
  texts(validate(specOf(spec), { spec: value }, old === undefined ? undefined : { spec: old }))
const a = (schema: object) => ({ properties: { a: schema } })

describe('validation is worded as the API server words it', () => {
  const cases: [what: string, spec: object, value: unknown, wanted: string[]][] = [
    [
      'minimum',
      a({ type: 'integer', minimum: 1 }),
      { a: 0 },
      ['spec.a: Invalid value: 0: spec.a in body should be greater than or equal to 1'],
    ],
    [
      'maximum',
      a({ type: 'integer', maximum: 5 }),
      { a: 6 },
      ['spec.a: Invalid value: 6: spec.a in body should be less than or equal to 5'],
    ],
    [
      'exclusive',
      a({ type: 'number', minimum: 0, exclusiveMinimum: true }),
      { a: 0 },
      ['spec.a: Invalid value: 0: spec.a in body should be greater than 0'],
    ],
    [
      'multiple',
      a({ type: 'integer', multipleOf: 3 }),
      { a: 4 },
      ['spec.a: Invalid value: 4: spec.a in body should be a multiple of 3'],
    ],
    [
      'minItems',
      a({ type: 'array', items: { type: 'integer' }, minItems: 1 }),
      { a: [] },
      ['spec.a: Invalid value: 0: spec.a in body should have at least 1 items'],
    ],
    [
      'maxItems',
      a({ type: 'array', items: { type: 'integer' }, maxItems: 2 }),
      { a: [1, 2, 3] },
      ['spec.a: Too many: 3: must have at most 2 items'],
    ],
    [
      'minProperties',
      a({ type: 'object', additionalProperties: { type: 'integer' }, minProperties: 1 }),
      { a: {} },
      ['spec.a: Invalid value: 0: spec.a in body should have at least 1 properties'],
    ],
    [
      'type',
      a({ type: 'integer' }),
      { a: 'x' },
      ['spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"'],
    ],
    [
      'open map',
      a({ type: 'object', additionalProperties: { type: 'integer' } }),
      { a: { x: 'y' } },
      ['spec.a.x: Invalid value: "string": spec.a.x in body must be of type integer: "string"'],
    ],
    [
      'int or string',
      a({ 'x-kubernetes-int-or-string': true }),
      { a: 1.5 },
      ['spec.a: Invalid value: "number": spec.a in body must be of type integer,string: "number"'],
    ],
    [
      'enum',
      a({ type: 'string', enum: ['x', 'y'] }),
      { a: 'z' },
      ['spec.a: Unsupported value: "z": supported values: "x", "y"'],
    ],
    ['required', { required: ['a'] }, {}, ['spec.a: Required value']],
    [
      'pattern',
      a({ type: 'string', pattern: '^a+$' }),
      { a: 'b' },
      ['spec.a: Invalid value: "b": spec.a in body should match \'^a+$\''],
    ],
    ['pattern of Go', a({ type: 'string', pattern: '(?i)^A+$' }), { a: 'aa' }, []],
    [
      'maxLength',
      a({ type: 'string', maxLength: 2 }),
      { a: 'abc' },
      ['spec.a: Too long: may not be more than 2 bytes'],
    ],
    [
      'minLength',
      a({ type: 'string', minLength: 2 }),
      { a: 'a' },
      ['spec.a: Invalid value: "a": spec.a in body should be at least 2 chars long'],
    ],
    [
      'format',
      a({ type: 'string', format: 'date-time' }),
      { a: 'x' },
      ['spec.a: Invalid value: "x": spec.a in body must be of type date-time: "x"'],
    ],
    [
      'anyOf',
      { ...a({ type: 'integer' }), anyOf: [a({ minimum: 10 }), a({ maximum: 0 })] },
      { a: 5 },
      [
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec.a: Invalid value: 5: spec.a in body should be greater than or equal to 10',
      ],
    ],
    [
      'not',
      { ...a({ type: 'integer' }), not: { ...a({ enum: [-5] }), required: ['a'] } },
      { a: -5 },
      ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    ],
    [
      'duplicate keys',
      a({
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', properties: { n: { type: 'string' } } },
      }),
      { a: [{ n: 'x' }, { n: 'x' }] },
      ['spec.a[1]: Duplicate value: {"n":"x"}'],
    ],
    ['nullable', a({ type: 'string', nullable: true }), { a: null }, []],
  ]
  for (const [what, spec, value, wanted] of cases) test(what, () => assert.deepEqual(errors(spec, value), wanted))

  test('what was wrong before and has not changed passes', () => {
    const spec = { properties: { a: { type: 'string', enum: ['x'] }, b: { type: 'integer' } } }
    assert.deepEqual(errors(spec, { a: 'z', b: 2 }, { a: 'z', b: 1 }), [])
    assert.deepEqual(errors(spec, { a: 'q' }, { a: 'z' }), ['spec.a: Unsupported value: "q": supported values: "x"'])
  })
})

describe('CEL rules', () => {
  const rules = (...list: object[]) => ({ 'x-kubernetes-validations': list })

  test('a failing rule says its message, or itself', () => {
    const spec = a({ type: 'integer' })
    assert.deepEqual(errors({ ...spec, ...rules({ rule: 'self.a < 5' }) }, { a: 7 }), [
      'spec: Invalid value: failed rule: self.a < 5',
    ])
    assert.deepEqual(errors({ ...spec, ...rules({ rule: 'self.a < 5', message: 'too much' }) }, { a: 7 }), [
      'spec: Invalid value: too much',
    ])
    const said = rules({
      rule: 'self.a < 5',
      messageExpression: '"got " + string(self.a)',
      reason: 'FieldValueForbidden',
      fieldPath: '.a',
    })
    assert.deepEqual(errors({ ...spec, ...said }, { a: 9 }), ['spec.a: Forbidden: got 9'])
    assert.deepEqual(errors({ ...spec, ...said }, { a: 1 }), [])
  })

  test('transition rules need an old value, unless they can do without', () => {
    const spec = a({ type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable' }] })
    assert.deepEqual(errors(spec, { a: 'x' }), [])
    assert.deepEqual(errors(spec, { a: 'x' }, { a: 'y' }), ['spec.a: Invalid value: "x": immutable'])
    const optional = a({
      type: 'string',
      'x-kubernetes-validations': [
        { rule: 'oldSelf.hasValue() || self == "first"', optionalOldSelf: true, message: 'no' },
      ],
    })
    assert.deepEqual(errors(optional, { a: 'x' }), ['spec.a: Invalid value: "x": no'])
    assert.deepEqual(errors(optional, { a: 'x' }, { a: 'y' }), [])
  })

  test('rules are skipped when the object is otherwise invalid', () => {
    const spec = { ...a({ type: 'integer' }), ...rules({ rule: 'self.a < 5' }) }
    assert.match(
      errors(spec, { a: 'x' }).at(-1) ?? '',
      /^<nil>: Invalid value: null: some validation rules were not checked/,
    )
  })

  const kubernetes: [rule: string, value: unknown, holds: boolean][] = [
    ["quantity(self.q).isLessThan(quantity('1Gi'))", { q: '2Gi' }, false],
    ["quantity(self.q).compareTo(quantity('1000m')) == 0", { q: '1' }, true],
    ["isQuantity(self.q) && !isQuantity('x')", { q: '1.5Ki' }, true],
    ["self.d < duration('5m')", { d: '10m' }, false],
    ["url(self.q).getScheme() == 'https' && url(self.q).getHost() == 'a.b:8443'", { q: 'https://a.b:8443/c' }, true],
    ['isURL(self.q)', { q: 'no' }, false],
    ['isIP(self.q) && ip(self.q).family() == 4', { q: '10.0.0.1' }, true],
    ["cidr('10.0.0.0/8').containsIP(ip(self.q))", { q: '10.1.1.1' }, true],
    ["self.q.find('[0-9]+') == '42'", { q: 'a42b' }, true],
    ["self.q.replace('a', 'b') == 'bb'", { q: 'aa' }, true],
    ["'%s has %d, %.1f'.format([self.q, self.l[0], 2.25]) == 'aa has 3, 2.3'", { q: 'aa', l: [3] }, true],
    ['self.l.sum() == 6 && self.l.max() == 3 && self.l.isSorted()', { l: [1, 2, 3] }, true],
    ['sets.contains(self.l, [1, 2])', { l: [1, 2, 3] }, true],
    ["!has(self.q) || self.q == 'x'", {}, true],
    ['self.x__dash__y == 1', { 'x-y': 1 }, true],
    ['self.l.all(i, i > 0) && self.l.exists_one(i, i == 2)', { l: [1, 2, 3] }, true],
  ]
  for (const [rule, value, holds] of kubernetes) {
    test(rule, () => {
      const properties = {
        q: { type: 'string' },
        d: { type: 'string', format: 'duration' },
        l: { type: 'array', items: { type: 'integer' } },
        'x-y': { type: 'integer' },
      }
      assert.deepEqual(
        errors({ properties, ...rules({ rule, message: 'no' }) }, value),
        holds ? [] : ['spec: Invalid value: no'],
      )
    })
  }
})

describe('definitions are refused', () => {
  const definition = (schema: unknown, more: object = {}) => ({
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
  })
  const withA = (schema: object) =>
    definition({ type: 'object', properties: { spec: { type: 'object', properties: { a: schema } } } })
  const at = 'spec.validation.openAPIV3Schema'
  const inA = `${at}.properties[spec].properties[a]`
  const cases: [what: string, spec: Record<string, unknown>, wanted: string][] = [
    ['root', definition({ type: 'string' }), `${at}.type: Invalid value: "string": must be object at the root`],
    ['items', withA({ type: 'array' }), `${inA}.items: Required value: must be specified`],
    ['type', withA({}), `${inA}.type: Required value: must not be empty for specified object fields`],
    [
      'default',
      withA({ type: 'integer', default: 'x' }),
      `${inA}.default: Invalid value: "string":  in body must be of type integer: "string"`,
    ],
    ['$ref', withA({ $ref: '#/x' }), `${inA}.$ref: Forbidden: $ref is not supported`],
    [
      'pattern',
      withA({ type: 'string', pattern: '(' }),
      `${inA}.pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
    ],
    [
      'metadata',
      definition({
        type: 'object',
        properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      }),
      `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
    [
      'no schema',
      { scope: 'Cluster', versions: [{ name: 'v1', storage: true }] },
      'spec.versions[0].schema.openAPIV3Schema: Required value',
    ],
    [
      'scope',
      { ...withA({ type: 'string' }), scope: 'Galaxy' },
      'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"',
    ],
    [
      'scale',
      definition(
        { type: 'object' },
        { subresources: { scale: { specReplicasPath: 'spec.n', statusReplicasPath: '.status.n' } } },
      ),
      'spec.subresources.scale.specReplicasPath: Invalid value: "spec.n": must be a simple json path starting with .',
    ],
  ]
  for (const [what, spec, wanted] of cases) test(what, () => assert.deepEqual(texts(definitionErrors(spec)), [wanted]))

  test('for rules that are no expressions', () => {
    const found = texts(definitionErrors(withA({ type: 'string', 'x-kubernetes-validations': [{ rule: 'self.' }] })))
    assert.match(found[0] ?? '', /x-kubernetes-validations\[0\]\.rule: Invalid value: "self\.": compilation failed/)
  })

  test('but not when they are structural', () => {
    const quantity = {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      pattern: '^[0-9]+$',
    }
    assert.deepEqual(definitionErrors(withA(quantity)), [])
  })
})

describe('defaulting and pruning', () => {
  const schema = specOf({
    properties: {
      a: { type: 'string', default: 'x' },
      o: { type: 'object', default: {}, properties: { n: { type: 'integer', default: 3 } } },
      l: { type: 'array', items: { type: 'object', properties: { p: { type: 'string', default: 'TCP' } } } },
      nul: { type: 'string', default: 'd' },
      free: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { k: { type: 'object', properties: {} } },
      },
      res: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: {} },
    },
  })
  const defaulted = (spec: unknown) => {
    const value = { spec }
    applyDefaults(schema, value)
    return value.spec
  }

  test('defaults nest, reach list items, and replace nulls', () => {
    assert.deepEqual(defaulted({}), { a: 'x', o: { n: 3 }, nul: 'd' })
    assert.deepEqual(defaulted({ a: 'y', o: { n: 4 }, l: [{}, { p: 'UDP' }] }), {
      a: 'y',
      o: { n: 4 },
      l: [{ p: 'TCP' }, { p: 'UDP' }],
      nul: 'd',
    })
    assert.deepEqual(defaulted({ nul: null, o: null, l: null }), { a: 'x', o: { n: 3 }, nul: 'd' })
  })

  test('unknown fields go, with their paths', () => {
    const value = {
      spec: {
        zz: 1,
        l: [{ q: 1, p: 'x' }],
        free: { any: 1, k: { gone: 1 } },
        res: { kind: 'X', metadata: { name: 'n' }, no: 1 },
      },
    }
    assert.deepEqual(prune(schema, value), ['spec.zz', 'spec.l[0].q', 'spec.free.k.gone', 'spec.res.no'])
    assert.deepEqual(value.spec, {
      l: [{ p: 'x' }],
      free: { any: 1, k: {} },
      res: { kind: 'X', metadata: { name: 'n' } },
    })
  })

  test('both are idempotent', () => {
    const key = fc.constantFrom('a', 'o', 'l', 'nul', 'free', 'x')
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue({ maxDepth: 2, noUnicodeString: true }), { noNullPrototype: true }),
        spec => {
          const value = { spec: structuredClone(spec) }
          prune(schema, value)
          applyDefaults(schema, value)
          const once = structuredClone(value)
          assert.deepEqual(prune(schema, value), [])
          applyDefaults(schema, value)
          assert.deepEqual(value, once)
        },
      ),
    )
  })
})
