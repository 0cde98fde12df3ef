import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fluxTable } from './cluster/flux-table.ts'
import { document, renderTable } from './output.ts'

test('a table is as wide as its widest cells, with no blanks at the end of a line', () => {
  const text = renderTable({
    columns: ['name', 'state'],
    rows: [
      ['a', 'ready'],
      ['longer', ''],
    ],
  })
  assert.equal(text, 'NAME     STATE\na        ready\nlonger\n')
})

test('a table like those of flux has tabs between padded cells', () => {
  assert.equal(fluxTable(['name', 'ready'], [['application', 'True']]), 'NAME       \tREADY\napplication\tTrue \n')
  assert.equal(fluxTable(['name'], [['a']], false), 'a\n')
})

test('a document ends with one line end, whatever its format', () => {
  assert.equal(document('json', { a: 1 }), '{\n  "a": 1\n}\n')
  assert.equal(document('yaml', { a: 1 }), 'a: 1\n')
})
