/**
 * From a HelmRepository of type `oci` and its secrets to how the registry is reached, with source-controller's rules and
 * words: a secret holds a name and a password, or a Docker configuration.
 */
import type { HelmRepository } from '@sluice/api'
import { loginFor, type RegistryAccess, type RegistryName } from '@sluice/artifact'
import { LoginError, loginsOf } from '../oci/image-logins.ts'
import type { SecretData } from '../secret-data.ts'
import { AccessError, repositoryAccess } from './repository-access.ts'

type Asked = Pick<HelmRepository, 'spec' | 'metadata'>

/**
 * @param secret reads a Secret of the object's namespace; rejects with the API server's words
 * @throws {AccessError}
 */
export async function registryAccess(
  { spec, metadata }: Asked,
  secret: (name: string) => Promise<SecretData>,
): Promise<(name: RegistryName) => RegistryAccess> {
  const { secretRef, provider = 'generic', insecure } = spec
  const access = await repositoryAccess({ spec, metadata }, secret)
  const { username, password, ca, cert, key, timeoutMs } = access
  const shared: RegistryAccess = { ca, cert, key, timeoutMs, plainHttp: insecure ? 'only' : 'never' }
  if (username && password) return () => ({ ...shared, login: { kind: 'basic', username, password } })
  if (!secretRef) {
    if (provider === 'generic') return () => shared
    throw new AccessError(
      `failed to get credential from '${provider}': this provider is not available in this controller; ` +
        `use provider 'generic' with a secretRef that holds username and password, or a Docker configuration`,
    )
  }
  const full = `${metadata.namespace}/${secretRef.name}`
  const data = await secret(secretRef.name)
  if (!data.has('.dockerconfigjson')) return () => shared
  const logins = dockerLoginsOf(full, data)
  return name => {
    const login = loginFor(logins, name)
    if (login) return { ...shared, login }
    throw new AccessError(`no auth config for '${name.registry}' in the docker-registry Secret '${secretRef.name}'`)
  }
}

function dockerLoginsOf(name: string, data: SecretData): ReturnType<typeof loginsOf> {
  try {
    return loginsOf(name, data)
  } catch (error) {
    if (!(error instanceof LoginError)) throw error
    throw new AccessError(`unable to load Docker config from ${error.message}`, { cause: error })
  }
}
