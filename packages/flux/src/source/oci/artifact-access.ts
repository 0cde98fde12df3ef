/** From an OCIRepository and its secrets to how its registry is reached, in the order and the words of source-controller. */
import type { OCIRepository } from '@sluice/api'
import { isLocalRegistry, loginFor, type RegistryAccess, type RegistryName } from '@sluice/artifact'
import { durationOr } from '@sluice/controller'
import { ProxySecretError, proxyUrl } from '../proxy-secret.ts'
import { type ObjectReader, readSecret } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import { readTls, type Tls, TlsSecretError } from '../tls-secret.ts'
import { imageLogins, LoginError } from './image-logins.ts'

/** @param missing is told of a secret that is not there. @throws {SourceFailure} */
export async function artifactAccess(
  { spec, metadata }: OCIRepository,
  name: RegistryName,
  client: ObjectReader,
  missing: (secret: string) => void,
): Promise<RegistryAccess> {
  const { namespace = '' } = metadata
  const { insecure = false, provider = 'generic', timeout } = spec
  const logins = await imageLogins(spec, namespace, client).catch((error: unknown) => {
    if (!(error instanceof LoginError)) throw error
    if (error.missing !== undefined) missing(error.missing)
    throw authentication(`failed to get credential: ${error.message}`, error)
  })
  const proxy = await proxyOf(spec, namespace, client)
  if (provider !== 'generic' && logins.length === 0) {
    throw authentication(
      `failed to get credential: provider '${provider}' is not available in this controller; ` +
        `use provider 'generic' with a secretRef of type kubernetes.io/dockerconfigjson`,
    )
  }
  const tls = await tlsOf(spec, namespace, client)
  return {
    login: loginFor(logins, name),
    proxy,
    ...tls,
    insecureSkipVerify: insecure && !tls,
    plainHttp: insecure || isLocalRegistry(name.registry) ? 'allowed' : 'never',
    timeoutMs: durationOr(timeout, 60_000),
  }
}

type Spec = OCIRepository['spec']

async function proxyOf({ proxySecretRef }: Spec, namespace: string, client: ObjectReader): Promise<string | undefined> {
  if (!proxySecretRef) return undefined
  const { name } = proxySecretRef
  const data = await readSecret(client, namespace, name).catch(() => undefined)
  try {
    return proxyUrl(`${namespace}/${name}`, data)
  } catch (error) {
    if (!(error instanceof ProxySecretError)) throw error
    throw authentication(`failed to get proxy address: ${error.message}`, error)
  }
}

async function tlsOf({ certSecretRef, url }: Spec, namespace: string, client: ObjectReader): Promise<Tls | undefined> {
  if (!certSecretRef) return undefined
  const full = `${namespace}/${certSecretRef.name}`
  const failed = `failed to generate transport for '${url}'`
  const data = await readSecret(client, namespace, certSecretRef.name).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw authentication(`${failed}: failed to get secret '${full}': ${said}`, error)
  })
  try {
    return readTls(full, data)
  } catch (error) {
    if (!(error instanceof TlsSecretError)) throw error
    throw authentication(`${failed}: ${error.message}`, error)
  }
}

function authentication(message: string, cause?: unknown): SourceFailure {
  return new SourceFailure('FetchFailed', 'AuthenticationFailed', message, { cause })
}
