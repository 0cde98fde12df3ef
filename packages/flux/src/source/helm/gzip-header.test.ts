import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { checkGzip } from './gzip-header.ts'

test('what is no gzip is told as Go tells it', () => {
  assert.throws(() => checkGzip(new Uint8Array()), { message: 'EOF' })
  assert.throws(() => checkGzip(Buffer.from('a: 1\n')), { message: 'unexpected EOF' })
  assert.throws(() => checkGzip(Buffer.from('no archive at all')), { message: 'gzip: invalid header' })
  checkGzip(gzipSync('a'))
})
