import { createPublicKey, type KeyObject } from 'node:crypto'
import { readSshString, sshInteger, sshString } from './ssh-wire.ts'

/**
 * The public half of an SSH private key as one `authorized_keys` line (without comment), from PEM (PKCS#1, SEC 1, PKCS#8) or
 * OpenSSH form. `undefined` when the text is no key we can read, for instance one under a passphrase in PEM form.
 */
export function sshPublicKeyOf(privateKey: string): string | undefined {
  const blob = privateKey.includes('BEGIN OPENSSH PRIVATE KEY') ? openSshBlob(privateKey) : pemBlob(privateKey)
  const algorithm = blob && readSshString(blob, 0)?.value.toString()
  return blob && algorithm ? `${algorithm} ${blob.toString('base64')}` : undefined
}

/** The wire form of a public key (RFC 4253 6.6, RFC 5656, RFC 8709). */
export function sshPublicKeyBlob(key: KeyObject): Buffer | undefined {
  const jwk = key.export({ format: 'jwk' })
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')
  if (jwk.kty === 'RSA') {
    return Buffer.concat([sshString('ssh-rsa'), sshInteger(bytes(jwk.e)), sshInteger(bytes(jwk.n))])
  }
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    return Buffer.concat([sshString('ssh-ed25519'), sshString(bytes(jwk.x))])
  }
  const curve = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }[jwk.crv ?? '']
  if (jwk.kty !== 'EC' || !curve) return undefined
  const point = Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)])
  return Buffer.concat([sshString(`ecdsa-sha2-${curve}`), sshString(curve), sshString(point)])
}

function pemBlob(privateKey: string): Buffer | undefined {
  try {
    return sshPublicKeyBlob(createPublicKey(privateKey))
  } catch {
    return undefined
  }
}

/** OpenSSH's container keeps the public half unencrypted in front (PROTOCOL.key): magic, cipher, kdf, options, count, key. */
function openSshBlob(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1]
  const bytes = Buffer.from(body?.replace(/\s+/g, '') ?? '', 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return undefined
  let offset = magic.length
  for (let skipped = 0; skipped < 3; skipped++) {
    const read = readSshString(bytes, offset)
    if (!read) return undefined
    offset = read.next
  }
  return readSshString(bytes, offset + 4)?.value
}
