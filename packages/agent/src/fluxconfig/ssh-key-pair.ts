import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { sshPublicKeyBlob } from './ssh-public-key.ts'
import { sshString } from './ssh-wire.ts'

/**
 * A fresh key pair for one configuration: the private half in a form that OpenSSH reads, the public half as an
 * `authorized_keys` line. Ed25519, except for hosts that accept only RSA (Azure DevOps): RSA-3072 there.
 */
export interface SshKeyPair {
  privateKey: string
  publicKey: string
}

const generate = promisify(generateKeyPair)

export async function newSshKeyPair(host: string): Promise<SshKeyPair> {
  return onlyRsa(host) ? rsaPair() : ed25519Pair()
}

const onlyRsa = (host: string): boolean =>
  host === 'ssh.dev.azure.com' || host.endsWith('.visualstudio.com') || host.endsWith('.dev.azure.com')

async function rsaPair(): Promise<SshKeyPair> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 3072 })
  return {
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: publicLine(publicKey),
  }
}

async function ed25519Pair(): Promise<SshKeyPair> {
  const { publicKey, privateKey } = await generate('ed25519')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { privateKey: openSshEd25519(seed, point), publicKey: publicLine(publicKey) }
}

function publicLine(key: KeyObject): string {
  const blob = sshPublicKeyBlob(key)
  if (!blob) throw new Error('a generated key has no SSH form')
  return `${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()} ${blob.toString('base64')}`
}

/** OpenSSH reads Ed25519 keys only in its own container (PROTOCOL.key), here without a passphrase. */
function openSshEd25519(seed: Buffer, point: Buffer): string {
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, blob, sshString(Buffer.concat([seed, point])), sshString('')])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1))
  const one = Buffer.from([0, 0, 0, 1])
  const container = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    one,
    sshString(blob),
    sshString(Buffer.concat([secret, padding])),
  ])
  const lines = container.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
