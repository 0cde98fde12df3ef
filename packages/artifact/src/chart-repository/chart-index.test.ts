import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChartIndex, type IndexEntry } from './chart-index.ts'
import { ChartReferenceError } from './chart-source.ts'

function entry(version: string, created = 0): IndexEntry {
  return { name: 'web', version, urls: [`web-${version}-${created}.tgz`], digest: '', created }
}

function indexOf(...versions: IndexEntry[]): ChartIndex {
  return new ChartIndex(
    new Map([
      ['web', versions],
      ['none', []],
    ]),
  )
}

describe('the version of a chart', () => {
  const index = indexOf(
    ...['1.2.0', 'v1.10.0', '1.9.9', '2.0.0', '2.1.0-rc.1', '0.9', '3.0.0-alpha'].map(one => entry(one)),
  )
  const table: [wanted: string, version: string][] = [
    ['', '2.0.0'],
    ['*', '2.0.0'],
    ['1.x', 'v1.10.0'],
    ['~1.2', '1.2.0'],
    ['~v1.2', '1.2.0'],
    ['>=2.0.0-0', '3.0.0-alpha'],
    ['>=2.0.0-0 <3.0.0-0', '2.1.0-rc.1'],
    ['2.1.0-rc.1', '2.1.0-rc.1'],
    ['1.10.0', 'v1.10.0'],
    ['0.9', '0.9'],
    ['<2.0.0 || >3.0.0', 'v1.10.0'],
  ]
  for (const [wanted, version] of table) {
    test(`${JSON.stringify(wanted)} is ${version}`, () => assert.equal(index.find('web', wanted).version, version))
  }

  test('is the newest of those that are equal', () => {
    const equal = indexOf(entry('1.0.0+a', 10), entry('1.0.0+b', 30), entry('1.0.0+c', 20))
    assert.equal(equal.find('web', '*').version, '1.0.0+b')
    assert.equal(equal.find('web', '1.0.0').version, '1.0.0+b')
    assert.equal(equal.find('web', '1.0.0+c').version, '1.0.0+c')
  })

  const refused: [name: string, wanted: string, said: string][] = [
    ['nope', '*', 'no chart name found'],
    ['none', '*', 'no chart version found'],
    ['web', '7.x', "no 'web' chart with version matching '7.x' found (nearest versions: 2.0.0, v1.10.0, 1.9.9)"],
    ['web', 'newest', 'improper constraint: "newest"'],
    ['web', '0.9.x', "no 'web' chart with version matching '0.9.x' found (nearest versions: 0.9, 1.2.0, 1.9.9)"],
  ]
  for (const [name, wanted, said] of refused) {
    test(`${name} ${JSON.stringify(wanted)} is refused`, () => {
      assert.throws(
        () => index.find(name, wanted),
        error => error instanceof ChartReferenceError && error.message === said,
      )
    })
  }
})
