import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chart, ChartDependency } from './chart.ts'
import { checkDependencies, processDependencies } from './process-dependencies.ts'
import { chartNamed, dependency } from './testing/chart-named.ts'
import type { Table } from './value-table.ts'

function parent(dependencies: ChartDependency[], subcharts: Chart[], values: Table = {}): Chart {
  const chart = chartNamed('web', values, subcharts)
  return { ...chart, metadata: { ...chart.metadata, dependencies } }
}

const db = chartNamed('db', { port: 1, exports: { shared: { from: 'db', port: 1 } } })

const selections: { name: string; chart: Chart; values?: Table; left: string[] }[] = [
  { name: 'unlisted subcharts take part', chart: parent([], [db]), left: ['db'] },
  {
    name: 'a version out of range does not replace the listed one',
    chart: parent([dependency('db', { version: '2.x' })], [db]),
    left: ['db'],
  },
  {
    name: 'one chart under two aliases',
    chart: parent([dependency('db', { alias: 'first' }), dependency('db', { alias: 'second' })], [db]),
    left: ['first', 'second'],
  },
  {
    name: 'a condition switches off',
    chart: parent([dependency('db', { condition: 'db.enabled' })], [db]),
    values: { db: { enabled: false } },
    left: [],
  },
  {
    name: 'the first condition that holds a boolean decides',
    chart: parent([dependency('db', { condition: 'db.missing,db.text,db.on,db.off' })], [db]),
    values: { db: { text: 'x', on: true, off: false } },
    left: ['db'],
  },
  {
    name: 'a tag switches off, unless another switches on',
    chart: parent(
      [dependency('db', { tags: ['a'] }), dependency('cache', { tags: ['a', 'b'] })],
      [db, chartNamed('cache')],
    ),
    values: { tags: { a: false, b: true } },
    left: ['cache'],
  },
  {
    name: 'a condition decides over tags',
    chart: parent([dependency('db', { tags: ['a'], condition: 'on' })], [db]),
    values: { tags: { a: false }, on: true },
    left: ['db'],
  },
]

for (const { name, chart, values = {}, left } of selections) {
  test(name, () => {
    const processed = processDependencies(chart, values, () => {})
    assert.deepEqual(
      processed.subcharts.map(({ metadata }) => metadata.name),
      left,
    )
  })
}

test('conditions of a subchart are paths below it', () => {
  const middle = { ...parent([dependency('db', { condition: 'db.enabled' })], [db]) }
  middle.metadata = { ...middle.metadata, name: 'middle' }
  const chart = parent([dependency('middle')], [middle])
  const off = processDependencies(chart, { middle: { db: { enabled: false } } }, () => {})
  assert.deepEqual(off.subcharts[0]?.subcharts, [])
})

test('templates see what is imported in its long form', () => {
  const chart = parent(
    [dependency('db', { importValues: ['shared', { child: 'a', parent: 'b' }] })],
    [chartNamed('db')],
  )
  const { metadata } = processDependencies(chart, {}, () => {})
  assert.deepEqual(metadata.dependencies[0]?.importValues, [
    { child: 'exports.shared', parent: '.' },
    { child: 'a', parent: 'b' },
  ])
})

test('exported tables and tables by path are imported below what the parent says', () => {
  const imports = ['shared', { child: 'exports', parent: 'deep.inside' }, 'missing']
  const said: string[] = []
  const chart = parent([dependency('db', { importValues: imports })], [db], { port: 9 })
  const { values } = processDependencies(chart, {}, warning => said.push(warning))
  assert.equal(values.from, 'db')
  assert.equal(values.port, 9)
  assert.deepEqual(values.deep, { inside: { shared: { from: 'db', port: 1 } } })
  assert.deepEqual(said, ['warning: ImportValues missing table exports.missing from chart db'])
})

test('dependencies that are not there are named', () => {
  assert.throws(() => checkDependencies(parent([dependency('db'), dependency('cache')], [])), {
    message: /found in Chart\.yaml, but missing in charts\/ directory: db, cache$/,
  })
})
