/**
 * Signatures that `ssh-keygen -Y sign` and Git make with SSH keys (OpenSSH PROTOCOL.sshsig), hardware keys included.
 */
import { createHash, verify } from 'node:crypto'
import { parseAuthorizedKeys, type SshPublicKey, sshFingerprint } from './ssh-key.ts'
import { SshWireError, SshWireReader, sshString } from './ssh-wire.ts'

const MAGIC = 'SSHSIG'
const NAMESPACE = 'git'

/** A signature that none of the keys made; the message says why. */
export class SignatureError extends Error {
  override name = 'SignatureError'
}

/**
 * The fingerprint of the key that made the signature.
 *
 * @param authorizedKeys texts in the form of `authorized_keys`
 * @throws {SignatureError}
 */
export function verifySsh(signature: string, payload: Buffer, authorizedKeys: string[]): string {
  const signed = parseSignature(signature)
  const keys: SshPublicKey[] = []
  let unreadable: string | undefined
  let read = 0
  for (const text of authorizedKeys) {
    try {
      keys.push(...parseAuthorizedKeys(text))
      read++
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      unreadable ??= `unable to parse authorized keys: unable to parse authorized key: ${said}`
    }
  }
  if (read === 0 && unreadable !== undefined) throw new SignatureError(unreadable)
  const key = keys.find(one => one.blob.equals(signed.key))
  const failed = 'unable to verify payload with any of the given authorized keys: no matching key'
  if (!key) throw new SignatureError(`${failed}\npublic key does not match`)
  if (signed.namespace !== NAMESPACE) throw new SignatureError(`${failed}\nnamespace does not match`)
  if (!holds(signed, payload, key)) throw new SignatureError(`${failed}\nssh: signature did not verify`)
  return sshFingerprint(key)
}

interface ParsedSignature {
  key: Buffer
  namespace: string
  reserved: Buffer
  hash: 'sha256' | 'sha512'
  /** Algorithm and bytes. */
  signature: Buffer
}

function parseSignature(armored: string): ParsedSignature {
  const body = /-----BEGIN SSH SIGNATURE-----([^-]+)-----END SSH SIGNATURE-----/.exec(armored)?.[1]
  if (body === undefined) throw new SignatureError('unable to unarmor SSH signature: it is no armored signature')
  try {
    const reader = new SshWireReader(Buffer.from(body, 'base64'))
    if (reader.take(MAGIC.length).toString('latin1') !== MAGIC) throw new SshWireError('invalid magic preamble')
    const version = reader.uint32()
    if (version !== 1) throw new SshWireError(`unsupported signature version: ${version}`)
    const key = reader.bytes()
    const namespace = reader.text()
    const reserved = reader.bytes()
    const hash = reader.text()
    if (hash !== 'sha256' && hash !== 'sha512') throw new SshWireError(`unsupported hash algorithm: ${hash}`)
    return { key, namespace, reserved, hash, signature: reader.bytes() }
  } catch (error) {
    if (!(error instanceof SshWireError)) throw error
    throw new SignatureError(`unable to unarmor SSH signature: ${error.message}`)
  }
}

function holds(signed: ParsedSignature, payload: Buffer, key: SshPublicKey): boolean {
  const message = Buffer.concat([
    Buffer.from(MAGIC),
    sshString(signed.namespace),
    sshString(signed.reserved),
    sshString(signed.hash),
    sshString(createHash(signed.hash).update(payload).digest()),
  ])
  try {
    const reader = new SshWireReader(signed.signature)
    const algorithm = reader.text()
    const bytes = reader.bytes()
    const data = key.application === undefined ? message : hardwareMessage(message, key.application, reader)
    return verifies(algorithm, data, key, bytes)
  } catch (error) {
    if (error instanceof SshWireError) return false
    throw error
  }
}

/** A hardware key signs the application, what the person did and a counter, beside the message. */
function hardwareMessage(message: Buffer, application: string, reader: SshWireReader): Buffer {
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()
  return Buffer.concat([sha256(application), reader.take(1), reader.take(4), sha256(message)])
}

function verifies(algorithm: string, data: Buffer, { type, key }: SshPublicKey, bytes: Buffer): boolean {
  if (/^(sk-)?ssh-ed25519/.test(type)) return algorithm === type && verify(null, data, key, bytes)
  if (type === 'ssh-rsa') {
    // SHA-1 (`ssh-rsa`) is not taken.
    const hash = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }[algorithm]
    return hash !== undefined && verify(hash, data, key, bytes)
  }
  const curve = /nistp(256|384|521)/.exec(type)?.[1]
  if (curve === undefined || algorithm !== type) return false
  const hash = { 256: 'sha256', 384: 'sha384', 521: 'sha512' }[curve] ?? 'sha512'
  const width = Math.ceil(Number(curve) / 8)
  const reader = new SshWireReader(bytes)
  const [r, s] = [reader.number(), reader.number()]
  if (r.length > width || s.length > width) return false
  const flat = Buffer.alloc(2 * width)
  r.copy(flat, width - r.length)
  s.copy(flat, 2 * width - s.length)
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, flat)
}
