import assert from 'node:assert/strict'
import { test } from 'node:test'
import { besideHelm } from '../../testing/beside-helm.ts'

/** Texts that have their format, and such as lack it for one reason each. */
const texts: Record<string, readonly string[]> = {
  'json-pointer': ['', '/a~0b/~1', 'a', '/a~2'],
  'relative-json-pointer': ['0#', '12/a', '/a', '01', '1a', '0/~'],
  uuid: [
    '01234567-89ab-CDEF-0123-456789abcdef',
    'x',
    '0123456-89ab-cdef-0123-456789abcdef',
    "0123456'-89ab-cdef-0123-456789abcdef",
  ],
  duration: ['P1Y2M3DT4H5M6S', 'P4W', '1Y', 'P', 'PW', 'P1YW', 'PT', 'P1', 'PY', 'P1M1Y', 'P1X', 'PT1ST1S'],
  period: [
    'P1D/2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00Z/P1D',
    'P1D',
    'P/2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00Z/P',
  ],
  ipv4: ['1.2.3.4', '1.2.3', '1.2.3.04', '1.2.3.256', '1.2.3.x', '1.2.3.'],
  ipv6: [
    '',
    ...'::1 1:2:3:4:5:6:7:8 1 ::1%eth0 :: fe80::1:2 1:: ::ffff:1.2.3.4 1:2:3:4:5:6:1.2.3.4 1:2'.split(' '),
    ...'1:2:3:4:5:6:7:8:9 12345:: g:: 1::2::3 1: 1:2:3:4::5:6:7:8 1:2:1.2.3.4 ::1.2.3 ::1.2.3.4.5'.split(' '),
    ...'::1.2.3.256 ::1.2.3.04 ::1..3.4 ::1.2.3.x 1::2g 1.2:3 ::: 1:2:3:4:5:6:7::1.2.3.4 1:2:3:4:5:6:7:: :1'.split(' '),
  ],
  hostname: ['a.example.com.', 'a_b', '-a', 'a-', 'a..b', 'a'.repeat(64), 'a.'.repeat(127), 'ä'],
  email: [
    'a.b@example.com',
    '"a b"@[IPv6:::1]',
    'a',
    '.a@b',
    'a.@b',
    'a..b@c',
    'a b@c',
    'a@-',
    'a@[1.2]',
    'a@[IPv6:1]',
    '"a\\"@b',
  ],
  date: ['2024-02-29', '2023-02-29', '2023-13-01', '2023-1-01', '20230101', '2023-01-01x', ''],
  time: [
    '23:59:60Z',
    '12:00:00.5+01:30',
    '12:00:00',
    '12-00:00Z',
    '12:0x:00Z',
    '24:00:00Z',
    '12:00:60Z',
    '12:00:00.Z',
    '12:00:00+1:30',
  ],
  'date-time': [
    '2020-01-01t00:00:00z',
    '2020-01-01 00:00:00Z',
    '2020-01-01',
    '2020-00-01T00:00:00Z',
    '2020-01-01T00:00:99Z',
  ],
  uri: [
    'http://a/b?c#d',
    '/a',
    'http://a b/',
    'http://a:b/',
    'a:%zz',
    ':a',
    '\u0001',
    'a:b%',
    'http://a/%',
    'http://a%zz/',
    'http://a%20/',
    'http://<a>/',
    'http://u{@a',
    'http://u%@a',
    'http://[::1',
    'http://[::1]:80/',
    'http://[x:y]/',
    'http://[1.2.3.4]/',
    'http://[x]/',
    'http://[fe80::1%25eth]/',
    'http://a:1:2/',
    'http://[]/',
    '//a:b',
    '///a:b',
    '*',
    'mailto:a b',
    'http://a/%zz#%zz',
    'http://a b/#x',
    'http://[::1]x/',
    'http://a/#%',
    'http://a/?%',
    'http://a/b c',
    'http://a{b',
  ],
  'uri-reference': ['/a', 'a\\b', '1:2'],
  'uri-template': [
    'foo}bar',
    '{#var}',
    '{?var}',
    '{/var}',
    'http://a/{b}',
    '/{a',
    '/a}',
    '/{{a}}',
    '/a{b}/{c',
    '/%7Ba',
    '/%7Ba{b',
    '/{a}%zz',
    '/a?{b',
    '{a}',
  ],
  iri: ['http://2001:db8::1', 'http://[::1.2.3.04]', 'http://[V1.fe]', 'https://[@a/b', 'http://ä/', 'ä'],
  'iri-reference': ['ä', 'ä\\b'],
  semver: ['1.2.3-a.1+b', '1.2', '01.2.3', '1.2.x', '1.2.', '1.2.3-', '1.2.3-01', '1.2.3-ä', '1.2.3+'],
  regex: ['^a$', '(', 'a**', '[z-a]', '\\'],
  unheard: ['of'],
}

test('formats beside the real helm', async () => {
  const properties: Record<string, object> = {}
  const values: Record<string, string> = {}
  for (const [format, all] of Object.entries(texts)) {
    for (const [index, text] of all.entries()) {
      properties[`${format}-${index}`] = { format }
      values[`${format}-${index}`] = text
    }
  }
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', properties }
  const { ours, real } = await besideHelm({
    'values.schema.json': JSON.stringify(schema),
    'values.yaml': JSON.stringify(values),
  })
  // The real one tells them in no order of its own.
  assert.deepEqual(ours.split('\n').sort(), real.split('\n').sort())
})
