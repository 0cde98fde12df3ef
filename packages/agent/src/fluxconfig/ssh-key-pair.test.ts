import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { newSshKeyPair } from './ssh-key-pair.ts'
import { sshPublicKeyOf } from './ssh-public-key.ts'

function hasKeygen(): boolean {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

/** What OpenSSH itself takes for the public half. */
function opensshPublicKey(privateKey: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'key-'))
  try {
    const file = join(directory, 'key')
    writeFileSync(file, privateKey, { mode: 0o600 })
    return execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim().split(' ').slice(0, 2).join(' ')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const skip = hasKeygen() ? false : 'ssh-keygen is not installed'

describe('a generated key pair', () => {
  for (const [host, algorithm] of [
    ['git.test', 'ssh-ed25519'],
    ['ssh.dev.azure.com', 'ssh-rsa'],
  ] as const) {
    test(`for ${host} is ${algorithm}, and its halves belong together`, async () => {
      const { privateKey, publicKey } = await newSshKeyPair(host)
      assert.equal(publicKey.split(' ')[0], algorithm)
      assert.equal(sshPublicKeyOf(privateKey), publicKey)
    })

    test(`for ${host} is read by OpenSSH`, { skip }, async () => {
      const { privateKey, publicKey } = await newSshKeyPair(host)
      assert.equal(opensshPublicKey(privateKey), publicKey)
    })
  }

  test('is another one each time', async () => {
    assert.notEqual((await newSshKeyPair('git.test')).publicKey, (await newSshKeyPair('git.test')).publicKey)
  })
})

describe("the public half of a user's key", () => {
  test('of elliptic curves in PEM form is what OpenSSH says', { skip }, () => {
    for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
      const pem = generateKeyPairSync('ec', { namedCurve })
        .privateKey.export({ type: 'sec1', format: 'pem' })
        .toString()
      assert.equal(sshPublicKeyOf(pem), opensshPublicKey(pem))
    }
  })

  test('of something else is unknown', () => {
    assert.equal(sshPublicKeyOf('hello'), undefined)
    assert.equal(
      sshPublicKeyOf('-----BEGIN OPENSSH PRIVATE KEY-----\naGVsbG8=\n-----END OPENSSH PRIVATE KEY-----'),
      undefined,
    )
  })
})
