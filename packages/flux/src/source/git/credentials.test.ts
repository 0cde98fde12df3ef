import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { proxyUrl } from '../proxy-secret.ts'
import { SourceFailure } from '../source-failure.ts'
import { gitAuth, refuseProvider } from './credentials.ts'

const data = (values: Record<string, string>) => new Map(Object.entries(values))
const https = new URL('https://example.com/app.git')

describe('credentials from a secret', () => {
  test('are its user and password, its authority, its client certificate', () => {
    const secret = data({ username: 'u', password: 'p', 'ca.crt': 'CA', 'tls.crt': 'C', 'tls.key': 'K' })
    assert.deepEqual(gitAuth(https, secret), { username: 'u', password: 'p', ca: 'CA', cert: 'C', key: 'K' })
  })

  test('prefer ca.crt to caFile, and a token to a password', () => {
    const secret = data({ caFile: 'old', 'ca.crt': 'new', bearerToken: 't', username: 'u', password: 'p' })
    assert.deepEqual(gitAuth(https, secret), { ca: 'new', cert: undefined, key: undefined, bearerToken: 't' })
  })

  test('are completed by those of the URL', () => {
    const url = new URL('https://me:word@example.com/app.git')
    assert.equal(gitAuth(url, data({ password: 'p' })).username, 'me')
  })

  const refused: [what: string, act: () => unknown, message: string, mode: string][] = [
    [
      'a password without a user',
      () => gitAuth(https, data({ password: 'p' })),
      "failed to configure authentication options: invalid 'https' auth option: 'password' requires 'username' to be set",
      'retry',
    ],
    [
      'SSH without a key',
      () => gitAuth(new URL('ssh://git@example.com/app.git'), undefined),
      "failed to configure authentication options: invalid 'ssh' auth option: 'identity' is required",
      'retry',
    ],
    [
      'GitHub without a secret',
      () => refuseProvider({ provider: 'github' }, 'ns', undefined),
      'secretRef with github app data must be specified when provider is set to github',
      'stalled',
    ],
    [
      'app data for nobody',
      () => refuseProvider({ secretRef: { name: 's' } }, 'ns', data({ githubAppID: '1' })),
      "secretRef 'ns/s' has github app data but provider is not set to github",
      'retry',
    ],
  ]
  for (const [what, act, message, mode] of refused) {
    test(`refuse ${what}`, () => {
      assert.throws(act, (error: unknown) => {
        assert.ok(error instanceof SourceFailure)
        assert.equal(error.message, message)
        assert.equal(error.mode, mode)
        return true
      })
    })
  }

  test('for SSH are a key and known hosts, and a passphrase when the key asks for one', () => {
    const url = new URL('ssh://git@example.com/app.git')
    const plain = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const known = { known_hosts: 'example.com ssh-ed25519 AAAA' }
    assert.equal(gitAuth(url, data({ identity: plain, ...known })).identity, plain)
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'word' } as const
    const locked = generateKeyPairSync('ed25519').privateKey.export(cipher).toString()
    assert.equal(gitAuth(url, data({ identity: locked, password: 'word', ...known })).passphrase, 'word')
    assert.throws(() => gitAuth(url, data({ identity: locked, ...known }), 'ns/key'), {
      message: "SSH identity key is encrypted but no 'password' field was provided in the secret 'ns/key'",
    })
  })

  test('refuse a proxy of another kind', () => {
    assert.throws(() => proxyUrl('ns/proxy', data({ address: 'ftp://x' })), {
      name: 'ProxySecretError',
      message: "secret 'ns/proxy': proxy URL must use one of the supported schemes (http, https, socks5), got 'ftp'",
    })
  })

  test('of a proxy go into its URL', () => {
    const secret = data({ address: 'http://proxy:3128', username: 'u@x', password: 'p:w' })
    assert.equal(proxyUrl('ns/proxy', secret), 'http://u%40x:p%3Aw@proxy:3128/')
  })
})
