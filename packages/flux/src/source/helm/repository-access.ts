/**
 * From a HelmRepository's secrets to how its server is reached, with Flux's rules and words. Pure: the secrets' data is
 * passed in by a reader.
 */
import type { HelmRepository } from '@sluice/api'
import type { HttpAccess } from '@sluice/artifact'
import { durationOr } from '@sluice/controller'
import type { SecretData } from '../secret-data.ts'
import { readTls, type Tls, TlsSecretError } from '../tls-secret.ts'

/** What is wrong with the secrets, in Flux's words. */
export class AccessError extends Error {
  override name = 'AccessError'
}

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
    Object.assign(access, requiredTls(name, data))
  }
  if (!secretRef) return access
  const [name, data] = await read('authentication', secretRef.name)
  const { username, password } = basicAuth(name, data)
  return { ...access, username, password, ...(certSecretRef ? {} : tlsBeside(name, data)) }
}

function basicAuth(name: string, data: SecretData): { username?: string; password?: string } {
  const [username, password] = [data.get('username'), data.get('password')]
  if ((username === undefined) === (password === undefined)) return { username, password }
  const [present, missing] = username === undefined ? ['password', 'username'] : ['username', 'password']
  throw new AccessError(
    `failed to detect authentication methods: secret '${name}': malformed basic auth - has '${present}' but missing '${missing}'`,
  )
}

/** What is no whole pair of certificate and key is taken for other data of the secret. */
function tlsBeside(name: string, data: SecretData): Tls {
  try {
    return readTls(name, data)
  } catch (error) {
    if (!(error instanceof TlsSecretError)) throw error
    if (error.incomplete) return {}
    throw new AccessError(`failed to detect authentication methods: ${error.message}`, { cause: error })
  }
}

function requiredTls(name: string, data: SecretData): Tls {
  try {
    return readTls(name, data)
  } catch (error) {
    if (!(error instanceof TlsSecretError)) throw error
    throw new AccessError(`failed to construct Helm client's TLS config: ${error.message}`, { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
