import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TemplateSet } from '../template-set.ts'
import { urlFunctions } from './urls.ts'

test('a host with a character that none has is refused', () => {
  const set = new TemplateSet({ functions: urlFunctions })
  set.parse('a', '{{ urlParse .url }}')
  assert.throws(() => set.render('a', { url: 'http://a b' }), {
    message: /unable to parse url: parse "http:\/\/a b": invalid character " " in host name$/,
  })
  assert.match(set.render('a', { url: 'http://é_x:1/' }), /host:é_x:1 /)
})
