/**
 * From a HelmRepository's secrets to how its server is reached, with Flux's rules and words. Pure: the secrets' data is
 * passed in by a reader.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { HelmRepository } from '@sluice/api'
import type { HttpAccess } from '@sluice/artifact'
import { durationOr } from '@sluice/controller'
import type { SecretData } from '../secret-data.ts'

/** What is wrong with the secrets, in Flux's words. */
export class AccessError extends Error {
  override name = 'AccessError'
}

type Tls = Pick<HttpAccess, 'ca' | 'cert' | 'key'>

/**
 * @param secret reads a Secret of the object's namespace; rejects with the API server's words
 * @throws {AccessError}
 */
export async function repositoryAccess(
  { spec, metadata }: Pick<HelmRepository, 'spec' | 'metadata'>,
  secret: (name: string) => Promise<SecretData>,
): Promise<HttpAccess> {
  const { secretRef, certSecretRef, passCredentials = false, timeout } = spec
  const access: HttpAccess = { passCredentials, timeoutMs: durationOr(timeout, 60_000) }
  const read = async (what: string, name: string): Promise<[string, SecretData]> => {
    const full = `${metadata.namespace}/${name}`
    const data = await secret(name).catch((error: unknown) => {
      throw new AccessError(`failed to get ${what} secret '${full}': ${messageOf(error)}`, { cause: error })
    })
    return [full, data]
  }
  if (certSecretRef) {
    const [name, data] = await read('TLS authentication', certSecretRef.name)
    Object.assign(
      access,
      tlsOf(data, problem => failedTls(problem(name))),
    )
  }
  if (!secretRef) return access
  const [name, data] = await read('authentication', secretRef.name)
  const { username, password } = basicAuth(name, data)
  // What is no whole pair of certificate and key is taken for other data of the secret.
  const tls = certSecretRef ? {} : tlsOf(data, undefined)
  return { ...access, username, password, ...tls }
}

function basicAuth(name: string, data: SecretData): { username?: string; password?: string } {
  const [username, password] = [data.get('username'), data.get('password')]
  if ((username === undefined) === (password === undefined)) return { username, password }
  const [present, missing] = username === undefined ? ['password', 'username'] : ['username', 'password']
  throw new AccessError(
    `failed to detect authentication methods: secret '${name}': malformed basic auth - has '${present}' but missing '${missing}'`,
  )
}

/** @param refuse makes the error for incomplete data; absent: incomplete data is none */
function tlsOf(data: SecretData, refuse: ((problem: (name: string) => string) => AccessError) | undefined): Tls {
  const of = (key: string, legacy: string) => data.get(key) || data.get(legacy) || undefined
  const [cert, key, ca] = [of('tls.crt', 'certFile'), of('tls.key', 'keyFile'), of('ca.crt', 'caFile')]
  const problem = incomplete(cert, key, ca)
  if (problem) {
    if (refuse) throw refuse(problem)
    return {}
  }
  const failed = refuse
    ? failedTls
    : (said: string) => new AccessError(`failed to detect authentication methods: ${said}`)
  if (ca !== undefined && !isCertificate(ca)) throw failed('failed to parse CA certificate')
  const mismatch = cert === undefined || key === undefined ? undefined : pairProblem(cert, key)
  if (mismatch !== undefined) throw failed(`failed to parse TLS certificate and key: tls: ${mismatch}`)
  return { ca, cert, key }
}

function incomplete(cert?: string, key?: string, ca?: string): ((name: string) => string) | undefined {
  if (cert !== undefined && key === undefined)
    return name => `secret '${name}' contains 'tls.crt' but missing 'tls.key'`
  if (key !== undefined && cert === undefined)
    return name => `secret '${name}' contains 'tls.key' but missing 'tls.crt'`
  if (cert === undefined && ca === undefined) {
    return name => `secret '${name}' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'`
  }
  return undefined
}

const failedTls = (said: string): AccessError =>
  new AccessError(`failed to construct Helm client's TLS config: ${said}`)

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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
