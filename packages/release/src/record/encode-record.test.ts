import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeRecord, encodeRecord, recordJson } from './encode-record.ts'
import { recordTime } from './record-time.ts'
import type { ReleaseRecord } from './release-record.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const minimal: ReleaseRecord = {
  name: 'r',
  namespace: 'ns',
  version: 1,
  info: {},
  chart: { metadata: null, lock: null, templates: null, values: null, schema: null, files: null },
  manifest: '',
  hooks: [],
}

describe('a record', () => {
  test('leaves out what is empty, as Go does', () => {
    assert.equal(
      recordJson({ ...minimal, config: {}, labels: { a: 'b' } }),
      '{"name":"r","info":{},"chart":{"metadata":null,"lock":null,"templates":null,"values":null,"schema":null,' +
        '"schemamodtime":"0001-01-01T00:00:00Z","files":null},"version":1,"namespace":"ns"}',
    )
  })

  test('escapes what Go escapes and sorts the keys of values by their bytes', () => {
    const config = { b: '<&>\u2028', a: 1, ü: 10n, 'z💡': 1, 'z\uffff': 2 }
    const json = recordJson({ ...minimal, config })
    assert.match(json, /"config":\{"a":1,"b":"\\u003c\\u0026\\u003e\\u2028","z\uffff":2,"z💡":1,"ü":10\}/)
  })

  test('comes back as it was', () => {
    const record: ReleaseRecord = {
      ...minimal,
      chart: { ...minimal.chart, schemamodtime: '0001-01-01T00:00:00Z' },
      info: { status: 'deployed', notes: 'n', first_deployed: '2026-01-02T03:04:05.678901234Z' },
      config: { a: { b: [1, 'x', null, true] } },
      hooks: [{ name: 'h', last_run: { phase: 'Succeeded', started_at: '2026-01-02T03:04:05Z' }, weight: -1 }],
      apply_method: 'ssa',
    }
    assert.deepEqual(decodeRecord(encodeRecord(record)), record)
  })

  test('is read where it is not compressed, and where fields are missing', () => {
    assert.deepEqual(decodeRecord(base64('{"name":"r","version":1,"namespace":"ns"}')), minimal)
  })

  for (const text of ['', 'nonsense', base64('{"no":"record"}'), base64('[]'), 'H4sIAAAAAAAA/w==']) {
    test(`is not read from ${JSON.stringify(text)}`, () => assert.throws(() => decodeRecord(text)))
  }
})

test('whatever the values are, they come back', () => {
  const values = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(values, fc.string(), (config, manifest) => {
      const record = { ...minimal, config: { ...config, some: 1 }, manifest }
      assert.equal(JSON.stringify(decodeRecord(encodeRecord(record)).manifest), JSON.stringify(manifest))
      assert.deepEqual(JSON.parse(recordJson(record)).config, JSON.parse(JSON.stringify(record.config)))
    }),
  )
})

test('whatever bytes are found, reading them ends', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      try {
        decodeRecord(Buffer.from(bytes).toString('base64'))
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }),
  )
})

describe('times of records', () => {
  const cases: [string, string][] = [
    ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:00.120Z', '2026-01-02T03:04:00.12Z'],
    ['2026-01-02T03:04:10.100Z', '2026-01-02T03:04:10.1Z'],
    ['2026-10-20T10:00:00.007Z', '2026-10-20T10:00:00.007Z'],
  ]
  for (const [iso, text] of cases) test(text, () => assert.equal(recordTime(Date.parse(iso)), text))
})
