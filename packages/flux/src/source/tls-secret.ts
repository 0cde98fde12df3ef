/** Certificates from a Secret, with Flux's rules and words. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { SecretData } from './secret-data.ts'

export interface Tls {
  /** PEM. */
  ca?: string
  cert?: string
  key?: string
}

export class TlsSecretError extends Error {
  override name = 'TlsSecretError'
  /** There is nothing, or one half of a pair. */
  readonly incomplete: boolean

  constructor(message: string, incomplete = false) {
    super(message)
    this.incomplete = incomplete
  }
}

/** @param name `<namespace>/<name>` of the secret. @throws {TlsSecretError} */
export function readTls(name: string, data: SecretData): Tls {
  const of = (key: string, legacy: string) => data.get(key) || data.get(legacy) || undefined
  const [cert, key, ca] = [of('tls.crt', 'certFile'), of('tls.key', 'keyFile'), of('ca.crt', 'caFile')]
  const problem = incomplete(name, cert, key, ca)
  if (problem !== undefined) throw new TlsSecretError(problem, true)
  const mismatch = cert === undefined || key === undefined ? undefined : pairProblem(cert, key)
  if (mismatch !== undefined) throw new TlsSecretError(`failed to parse TLS certificate and key: tls: ${mismatch}`)
  if (ca !== undefined && !isCertificate(ca)) throw new TlsSecretError('failed to parse CA certificate')
  return { ca, cert, key }
}

function incomplete(name: string, cert?: string, key?: string, ca?: string): string | undefined {
  if (cert !== undefined && key === undefined) return `secret '${name}' contains 'tls.crt' but missing 'tls.key'`
  if (key !== undefined && cert === undefined) return `secret '${name}' contains 'tls.key' but missing 'tls.crt'`
  if (cert !== undefined || ca !== undefined) return undefined
  return `secret '${name}' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'`
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}

/** What Go would say of a certificate and its key; `undefined`: they belong together. */
function pairProblem(cert: string, key: string): string | undefined {
  if (!isCertificate(cert)) return 'failed to find any PEM data in certificate input'
  try {
    const pair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    return pair ? undefined : 'private key does not match public key'
  } catch {
    return 'failed to find any PEM data in key input'
  }
}
