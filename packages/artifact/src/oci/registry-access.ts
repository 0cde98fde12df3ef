/**
 * How a registry is reached: login and certificates as plain data. Two accesses with the same identity may share
 * connections, tokens and downloads, others must not.
 */
import { createHash } from 'node:crypto'
import type { ConnectionOptions } from '../http-connections.ts'

export type RegistryLogin =
  | { kind: 'basic'; username: string; password: string }
  /** A refresh token that is changed for one of a repository. */
  | { kind: 'identity'; token: string }
  /** Sent as it is. */
  | { kind: 'token'; token: string }

export interface RegistryAccess extends ConnectionOptions {
  login?: RegistryLogin
  /** Without encryption: `allowed` after HTTPS was tried, `only` without trying. Default `never`. */
  plainHttp?: 'never' | 'allowed' | 'only'
  /** For one operation, in milliseconds. */
  timeoutMs: number
}

export function registryIdentity(registry: string, access: RegistryAccess): string {
  const { login, plainHttp = 'never', ca, cert, key, insecureSkipVerify = false, proxy } = access
  const parts = [registry, login, plainHttp, ca, cert, key, insecureSkipVerify, proxy]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
