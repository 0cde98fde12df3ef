/** Public SSH keys as `authorized_keys` lists them, made usable for verifying. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { SshWireError, SshWireReader } from './ssh-wire.ts'

export interface SshPublicKey {
  /** `ssh-ed25519`, `sk-ssh-ed25519@openssh.com`, ... */
  type: string
  /** As it is compared and fingerprinted. */
  blob: Buffer
  key: KeyObject
  /** Of a hardware key: the application it was made for. */
  application: string | undefined
}

const TYPE = /^(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+$/

/** @throws {SshWireError} at the first line that is no key: dropping it silently would hide a mistake. */
export function parseAuthorizedKeys(text: string): SshPublicKey[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(parseLine)
}

/** `SHA256:` and the digest in base64, as `ssh-keygen -l` shows it. */
export function sshFingerprint(key: SshPublicKey): string {
  return `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`
}

function parseLine(line: string): SshPublicKey {
  const words = line.split(/\s+/)
  // Options may come before the type, a comment after the key.
  const at = words.findIndex(word => TYPE.test(word))
  const encoded = at < 0 ? undefined : words[at + 1]
  if (encoded === undefined) throw new SshWireError('ssh: no key found')
  return sshPublicKey(Buffer.from(encoded, 'base64'))
}

export function sshPublicKey(blob: Buffer): SshPublicKey {
  const reader = new SshWireReader(blob)
  const type = reader.text()
  const key = createPublicKey({ key: jwkOf(type, reader), format: 'jwk' })
  return { type, blob, key, application: type.startsWith('sk-') ? reader.text() : undefined }
}

const CURVES: Record<string, { crv: string; bytes: number }> = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
}

function jwkOf(type: string, reader: SshWireReader): Record<string, string> {
  if (/^(sk-)?ssh-ed25519/.test(type)) return { kty: 'OKP', crv: 'Ed25519', x: reader.bytes().toString('base64url') }
  if (type === 'ssh-rsa') {
    const e = reader.number().toString('base64url')
    return { kty: 'RSA', e, n: reader.number().toString('base64url') }
  }
  if (/^(sk-)?ecdsa-sha2-/.test(type)) {
    const curve = CURVES[reader.text()]
    const point = reader.bytes()
    if (curve && point[0] === 4 && point.length === 2 * curve.bytes + 1) {
      const x = point.subarray(1, 1 + curve.bytes).toString('base64url')
      return { kty: 'EC', crv: curve.crv, x, y: point.subarray(1 + curve.bytes).toString('base64url') }
    }
  }
  throw new SshWireError(`ssh: unknown key algorithm: ${type}`)
}
