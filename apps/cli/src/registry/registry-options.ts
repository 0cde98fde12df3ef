/** What a command says about how registries are reached: a login for all of them, or those of this machine. */

import type { RegistryAccess, RegistryName } from '@sluice/artifact'
import { type DockerLogin, type HttpAccess, isLoopbackRegistry, loginFor } from '@sluice/artifact'

export interface RegistryOptions {
  /** Login and certificates that the options give. */
  access: HttpAccess
  plainHttp?: boolean
  /** Those of this machine, for when the options give none. */
  logins: readonly DockerLogin[]
}

/** A registry on this machine may be without encryption even when nobody says so. */
export function registryAccess({ access, plainHttp, logins }: RegistryOptions): (name: RegistryName) => RegistryAccess {
  const { username, password, ca, cert, key, insecureSkipVerify, timeoutMs } = access
  return name => ({
    ca,
    cert,
    key,
    insecureSkipVerify,
    timeoutMs,
    login: username && password ? { kind: 'basic', username, password } : loginFor(logins, name),
    plainHttp: plainHttp ? 'only' : isLoopbackRegistry(name.registry) ? 'allowed' : 'never',
  })
}
