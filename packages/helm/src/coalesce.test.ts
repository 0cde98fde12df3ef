import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chart } from './chart.ts'
import { coalescedValues, mergedValues } from './coalesce.ts'
import { chartNamed } from './testing/chart-named.ts'
import type { Table } from './value-table.ts'

const cases: { name: string; chart: Chart; values: Table; result: Table; warnings?: number }[] = [
  {
    name: 'what the user says lies over the defaults, lists are replaced',
    chart: chartNamed('web', { a: { b: 1, c: 2 }, list: [1, 2], d: 4 }),
    values: { a: { b: 9 }, list: [3] },
    result: { a: { b: 9, c: 2 }, list: [3], d: 4 },
  },
  {
    name: 'a null removes what the chart sets, at every depth, and stays where the chart sets nothing',
    chart: chartNamed('web', { a: { b: 1, c: 2 }, d: 4 }),
    values: { a: { b: null, x: null }, d: null, e: null },
    result: { a: { c: 2, x: null }, e: null },
  },
  {
    name: 'a null in the defaults of a chart stays',
    chart: chartNamed('web', { a: null }),
    values: {},
    result: { a: null },
  },
  {
    name: 'a subchart has its own defaults below what the parent says about it',
    chart: chartNamed('web', { db: { port: 2 } }, [chartNamed('db', { port: 1, user: 'x' })]),
    values: { db: { user: 'y' } },
    result: { db: { port: 2, user: 'y', global: {} } },
  },
  {
    name: 'a null removes what a subchart sets',
    chart: chartNamed('web', {}, [chartNamed('db', { port: 1, user: { name: 'x', id: 1 } })]),
    values: { db: { port: null, user: { id: null } } },
    result: { db: { user: { name: 'x' }, global: {} } },
  },
  {
    name: 'globals reach every subchart, and win over theirs',
    chart: chartNamed('web', { global: { a: 1, t: { x: 1 } } }, [
      chartNamed('db', { global: { a: 2, b: 3, t: { x: 2, y: 2 } } }, [chartNamed('cache', {})]),
    ]),
    values: {},
    result: {
      global: { a: 1, t: { x: 1 } },
      db: {
        global: { a: 1, b: 3, t: { x: 1, y: 2 } },
        cache: { global: { a: 1, b: 3, t: { x: 1, y: 2 } } },
      },
    },
  },
  {
    name: 'a table is not replaced by a scalar of the defaults, and this is said',
    chart: chartNamed('web', { a: 1, b: { c: { d: 1 } } }),
    values: { a: { x: 1 }, b: { c: 2 } },
    result: { a: { x: 1 }, b: { c: 2 } },
    warnings: 2,
  },
]

for (const { name, chart, values, result, warnings = 0 } of cases) {
  test(name, () => {
    const said: string[] = []
    const before = structuredClone({ values, chart })
    assert.deepEqual(
      coalescedValues(chart, values, warning => said.push(warning)),
      result,
    )
    assert.equal(said.length, warnings, said.join('\n'))
    assert.deepEqual({ values, chart }, before)
  })
}

test('merging keeps nulls', () => {
  const chart = chartNamed('web', { a: 1 }, [chartNamed('db', { port: 1 })])
  const merged = mergedValues(chart, { a: null, db: { port: null } }, () => {})
  assert.deepEqual(merged, { a: null, db: { port: null, global: {} } })
})

test('values of a subchart that are no table are refused', () => {
  const chart = chartNamed('web', {}, [chartNamed('db', {})])
  assert.throws(() => coalescedValues(chart, { db: 1 }, () => {}), { message: 'type mismatch on db: %!t(float64=1)' })
})

test('a key that objects have by birth is a key like any other', () => {
  const chart = chartNamed('web', { constructor: { a: 1 } })
  assert.deepEqual(
    coalescedValues(chart, {}, () => {}),
    { constructor: { a: 1 } },
  )
})
