import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dockerLogins, loginFor } from './docker-config.ts'
import { isLocalRegistry, registryName } from './registry-name.ts'

const auth = (user: string) => ({ auth: Buffer.from(`${user}:pass:word`).toString('base64') })

const config = JSON.stringify({
  auths: {
    'ghcr.io': auth('host'),
    'https://ghcr.io/org/team/': auth('team'),
    'ghcr.io/org': auth('org'),
    '*.example.com': auth('wild'),
    'https://index.docker.io/v1/': auth('hub'),
    'localhost:5000': { username: 'plain', password: 'x' },
    'token.io': { identitytoken: 'refresh' },
    'bearer.io': { registrytoken: 'as-it-is' },
    'empty.io': {},
  },
})

describe('the login for a repository', () => {
  const logins = dockerLogins(config)
  const table: [url: string, user: string | undefined][] = [
    ['oci://ghcr.io/other/app', 'host'],
    ['oci://ghcr.io/org/app', 'org'],
    ['oci://ghcr.io/org/team/app', 'team'],
    ['oci://ghcr.io/organisation/app', 'host'],
    ['oci://a.example.com/app/b', 'wild'],
    ['oci://a.b.example.com/app/b', undefined],
    ['oci://example.com/app/b', undefined],
    ['oci://docker.io/org/app', 'hub'],
    ['oci://org/app', 'hub'],
    ['oci://registry-1.docker.io/org/app', 'hub'],
    ['oci://localhost:5000/app', 'plain'],
    ['oci://localhost:5001/app', undefined],
    ['oci://empty.io/app', undefined],
    ['oci://evil-ghcr.io/app', undefined],
  ]
  for (const [url, user] of table) {
    test(`${url} is ${user ?? 'none'}`, () => {
      const login = loginFor(logins, registryName(url))
      assert.equal(login?.kind === 'basic' ? login.username : undefined, user)
    })
  }

  test('may be a token', () => {
    assert.deepEqual(loginFor(logins, registryName('oci://token.io/app')), { kind: 'identity', token: 'refresh' })
    assert.deepEqual(loginFor(logins, registryName('oci://bearer.io/app')), { kind: 'token', token: 'as-it-is' })
  })

  test('keeps colons of a password', () => {
    const login = loginFor(logins, registryName('oci://ghcr.io/x/y'))
    assert.equal(login?.kind === 'basic' && login.password, 'pass:word')
  })

  test('may be in the form without auths', () => {
    const [one] = dockerLogins(JSON.stringify({ 'ghcr.io': auth('old') }), true)
    assert.equal(one?.host, 'ghcr.io')
  })

  test('that cannot be read is refused without a word of it', () => {
    assert.throws(() => dockerLogins('{"auths": s3cret'), { message: 'the Docker configuration is no JSON' })
    const bad = JSON.stringify({ auths: { 'ghcr.io': { auth: Buffer.from('s3cret').toString('base64') } } })
    assert.throws(() => dockerLogins(bad), { message: "the 'auth' of 'ghcr.io' is not base64 of user:password" })
    assert.throws(() => dockerLogins('{"auths": [1]}'), /no object/)
    assert.deepEqual(dockerLogins('{}'), [])
    assert.deepEqual(dockerLogins('null'), [])
  })
})

describe('the name of a repository', () => {
  const table: [url: string, registry: string, repository: string][] = [
    ['oci://ghcr.io/org/app', 'ghcr.io', 'org/app'],
    ['oci://localhost/app/x/', 'localhost', 'app/x'],
    ['oci://app', 'index.docker.io', 'library/app'],
    ['oci://docker.io/app', 'index.docker.io', 'library/app'],
    ['oci://[::1]:5000/app', '[::1]:5000', 'app'],
  ]
  for (const [url, registry, repository] of table) {
    test(url, () => assert.deepEqual(registryName(url), { registry, repository }))
  }

  const refused: [url: string, said: string | RegExp][] = [
    ['https://ghcr.io/a', "URL must be in format 'oci://<domain>/<org>/<repo>'"],
    ['oci://', "URL must be in format 'oci://<domain>/<org>/<repo>'"],
    ['oci://ghcr.io/org/app:v1', "URL must not contain a tag; remove ':v1'"],
    ['oci://ghcr.io/org/App', /^repository can only contain the characters/],
    ['oci://ghcr.io/../../app', /^repository can only contain the characters/],
    ['oci://ghcr.io/a//b', /^repository can only contain the characters/],
    ['oci://ghcr.io/a?b=c', /^repository can only contain the characters/],
    ['oci://user:pass@host.io/app', /^registries must be valid/],
  ]
  for (const [url, said] of refused) {
    test(`${url} is none`, () => {
      assert.throws(() => registryName(url), { name: 'RegistryNameError', message: said })
    })
  }

  test('says whether the registry is near enough for plain HTTP', () => {
    for (const near of [
      'localhost:1',
      '127.0.0.1',
      '[::1]:5000',
      '10.1.2.3:80',
      '172.20.0.1',
      'a.local',
      'b.localhost:9',
    ]) {
      assert.equal(isLocalRegistry(near), true, near)
    }
    for (const far of ['ghcr.io', '11.0.0.1', '172.32.0.1', 'local', '127.0.0.1.evil.io', '10.1.2.evil.io']) {
      assert.equal(isLocalRegistry(far), false, far)
    }
  })
})
