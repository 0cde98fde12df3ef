import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type Schema, schemaOf } from '@sluice/api/builtin'
import fc from 'fast-check'
import { fieldSetOf } from './field-set.ts'
import { difference, type Fields, intersection, pathsIn, sameFields, union } from './fields.ts'
import { applyServerSide, jsonPatch, mergePatch, trackUpdate } from './index.ts'
import { isObject } from './json.ts'
import { structureOf } from './structure.ts'

const time = '2026-01-02T03:04:05Z'
const name = fc.constantFrom('a', 'b', 'c', 'd')
const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y'))

const spec = fc.record(
  {
    map: fc.dictionary(name, fc.constantFrom('x', 'y'), { maxKeys: 3, noNullPrototype: true }),
    set: fc.uniqueArray(name, { maxLength: 3 }),
    list: fc.array(name, { maxLength: 2 }),
    items: fc.uniqueArray(
      fc.record(
        { name, value: scalar, nested: fc.dictionary(name, scalar, { maxKeys: 2, noNullPrototype: true }) },
        { requiredKeys: ['name'] },
      ),
      { selector: item => item.name, maxLength: 3 },
    ),
    open: fc.jsonValue({ maxDepth: 2 }).filter(isObject),
  },
  { requiredKeys: [] },
)

const schema: Schema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: schemaOf('v1', 'Pod')?.properties?.metadata ?? {},
    spec: {
      type: 'object',
      properties: {
        map: { type: 'object', additionalProperties: { type: 'string' } },
        set: { type: 'array', listType: 'set', items: { type: 'string' } },
        list: { type: 'array', items: { type: 'string' } },
        items: {
          type: 'array',
          listType: 'map',
          listMapKeys: ['name'],
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              value: { intOrString: true },
              nested: { type: 'object', additionalProperties: { intOrString: true } },
            },
          },
        },
        open: { type: 'object', preserveUnknownFields: true },
      },
    },
  },
}

const objectWith = (inner: unknown): KubeObject => ({
  apiVersion: 'x/v1',
  kind: 'W',
  metadata: { name: 'w' },
  spec: inner,
})

function apply(live: KubeObject | undefined, inner: unknown, manager: string): KubeObject {
  const options = { schema, live, applied: objectWith(inner), manager, apiVersion: 'x/v1', subresource: '', time }
  return applyServerSide({ ...options, force: true }).object
}

function update(live: KubeObject | undefined, inner: unknown, manager: string): KubeObject {
  const updated = { ...objectWith(inner), metadata: { ...live?.metadata, name: 'w' } }
  return trackUpdate({ schema, live, updated, manager, apiVersion: 'x/v1', subresource: '', time })
}

const fieldsOf = (object: KubeObject, manager: string): Fields => {
  const entry = object.metadata.managedFields?.find(candidate => candidate.manager === manager)
  return (entry?.fieldsV1 ?? {}) as Fields
}

describe('apply', () => {
  test('is idempotent', () => {
    fc.assert(
      fc.property(spec, spec, (before, applied) => {
        const once = apply(update(undefined, before, 'u'), applied, 'm')
        assert.deepEqual(apply(once, applied, 'm'), once)
      }),
    )
  })

  test('with force leaves nothing to conflict about, and every leaf applied is owned', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const live = apply(apply(undefined, first, 'one'), second, 'two')
        const again = {
          schema,
          live,
          applied: objectWith(second),
          manager: 'two',
          apiVersion: 'x/v1',
          subresource: '',
          time,
        }
        assert.doesNotThrow(() => applyServerSide({ ...again, force: false }))
        const wanted = fieldSetOf(structureOf(schema), { spec: second })
        assert.ok(sameFields(difference(wanted, fieldsOf(live, 'two')), {}))
      }),
    )
  })

  test('of nothing takes back all that nobody else owns', () => {
    fc.assert(
      fc.property(spec, inner => {
        const live = apply(apply(undefined, inner, 'one'), {}, 'one')
        assert.deepEqual({ ...Object(live.spec) }, listsThatNobodyOwns(inner))
      }),
    )
  })
})

/** A list of items owns nothing itself: one without items stays when it is all that the applier gave. */
function listsThatNobodyOwns(inner: { items?: unknown[]; set?: unknown[] }): object {
  const isAll = Object.keys(inner).every(key => key === 'items' || key === 'set')
  const isEmpty = [inner.items, inner.set].every(list => list === undefined || list.length === 0)
  return isAll && isEmpty ? { ...inner } : {}
}

describe('updates', () => {
  test('every leaf has an owner, and no owner has what is not there', () => {
    fc.assert(
      fc.property(spec, spec, spec, (first, second, third) => {
        const live = update(update(update(undefined, first, 'a'), second, 'b'), third, 'c')
        const all = (live.metadata.managedFields ?? []).reduce<Fields>(
          (set, entry) => union(set, (entry.fieldsV1 ?? {}) as Fields),
          {},
        )
        const leaves = fieldSetOf(structureOf(schema), { spec: third })
        const unowned = pathsIn(difference(leaves, all))
        // An empty map or list is no leaf of its own when it came to be by losing its last item.
        assert.deepEqual(
          unowned.filter(path => path.at(-1) !== undefined && !isEmptyAt(third, path)),
          [],
        )
      }),
    )
  })
})

function isEmptyAt(root: unknown, path: readonly string[]): boolean {
  let value: unknown = { spec: root }
  for (const element of path) {
    if (element.startsWith('f:') && isObject(value)) value = value[element.slice(2)]
    else if (element.startsWith('k:') && Array.isArray(value)) {
      const key: { name: string } = JSON.parse(element.slice(2))
      value = value.find(item => isObject(item) && item.name === key.name)
    }
  }
  return isObject(value) && Object.keys(value).length === 0
}

describe('sets of fields', () => {
  const path = fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"n":1}', 'v:"x"'), { minLength: 1, maxLength: 3 })
  const set = fc.array(path, { maxLength: 6 }).map(paths => paths.map(of).reduce(union, {}))
  const text = (fields: Fields) => new Set(pathsIn(fields).map(p => p.join(' ')))
  const of = (elements: string[]): Fields => {
    let fields: Fields = {}
    for (const element of elements.toReversed()) fields = { [element]: fields }
    return fields
  }
  test('behave as sets of paths', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        assert.deepEqual(text(union(a, b)), text(a).union(text(b)))
        assert.deepEqual(text(difference(a, b)), text(a).difference(text(b)))
        assert.deepEqual(text(intersection(a, b)), text(a).intersection(text(b)))
      }),
    )
  })
})

describe('patches', () => {
  test('a merge patch of a value onto nothing is the value without nulls', () => {
    fc.assert(
      fc.property(fc.dictionary(name, scalar, { noNullPrototype: true }), value => {
        assert.deepEqual(mergePatch({}, value), value)
        assert.deepEqual(mergePatch(value, {}), value)
      }),
    )
  })

  test('a JSON patch undone gives the document again', () => {
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1 }), fc.nat(), scalar, (list, at, value) => {
        const position = at % (list.length + 1)
        const added = jsonPatch({ list }, [{ op: 'add', path: `/list/${position}`, value }])
        assert.deepEqual(jsonPatch(added, [{ op: 'remove', path: `/list/${position}` }]), { list })
      }),
    )
  })
})
