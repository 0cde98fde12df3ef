import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { jwtVerify } from 'jose'
import { ClusterKeyError, clusterToken } from './cluster-token.ts'

const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/c'
const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()
const keys = {
  RS256: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  ES256: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  EdDSA: pem(generateKeyPairSync('ed25519').privateKey),
}

describe("the agent's proof of its cluster", () => {
  for (const [alg, key] of Object.entries(keys)) {
    test(`${alg}: names the cluster, lives under five minutes, serves once`, async () => {
      const token = clusterToken(id, key)
      const options = { audience: 'sluice-agent', issuer: id, subject: id, requiredClaims: ['jti', 'exp', 'iat'] }
      const first = await jwtVerify(await token.sign(), createPublicKey(key), options)
      const second = await jwtVerify(await token.sign(), createPublicKey(key), options)
      assert.equal(first.protectedHeader.alg, alg)
      assert.ok((first.payload.exp ?? 0) - (first.payload.iat ?? 0) <= 300)
      assert.notEqual(first.payload.jti, second.payload.jti)
    })
  }

  test("a wrong clock is corrected by the service's", async () => {
    const token = clusterToken(id, keys.ES256, () => Date.parse('2020-01-01T00:00:00Z'))
    token.noteServerTime('Fri, 02 Jan 2026 03:04:05 GMT')
    const at = new Date('2026-01-02T03:04:05Z')
    const { payload } = await jwtVerify(await token.sign(), createPublicKey(keys.ES256), { currentDate: at })
    assert.equal(payload.iat, at.getTime() / 1000)
  })

  test('a key that cannot serve is said, without showing it', () => {
    const other = pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)
    assert.throws(() => clusterToken(id, other), ClusterKeyError)
    assert.throws(
      () => clusterToken(id, 'not a key'),
      (error: Error) => error instanceof ClusterKeyError && !error.message.includes('not a key'),
    )
  })
})
