/**
 * Logins from a Docker configuration (`config.json`, Secrets of type kubernetes.io/dockerconfigjson), and which of them is
 * for a repository: entries may name a host with wildcards and a path, the longest path that fits wins, as in Kubernetes.
 */
import type { RegistryLogin } from './registry-access.ts'
import type { RegistryName } from './registry-name.ts'

export class DockerConfigError extends Error {
  override name = 'DockerConfigError'
}

export interface DockerLogin {
  /** `host[:port]`, labels may have wildcards. */
  host: string
  /** Without slashes around it, may be empty. */
  path: string
  login: RegistryLogin
}

/** @param legacy the form without `auths` around the entries. @throws {DockerConfigError} */
export function dockerLogins(text: string, legacy = false): DockerLogin[] {
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    // The parser's own words quote the text, which is secret.
    throw new DockerConfigError('the Docker configuration is no JSON')
  }
  const entries = legacy ? config : rowOf(config)?.auths
  if (entries === undefined) return []
  if (!rowOf(entries)) throw new DockerConfigError('the entries of the Docker configuration are no object')
  return Object.entries(rowOf(entries) ?? {}).flatMap(([address, entry]) => {
    const login = loginOf(address, rowOf(entry) ?? {})
    const [host = '', ...path] = address.replace(/^https?:\/\//, '').split('/')
    const normal = path.filter(part => part !== '').join('/')
    // The key of Docker Hub has a path that is no repository's.
    return login ? [{ host: hostOf(host), path: /^v[12]$/.test(normal) ? '' : normal, login }] : []
  })
}

/** The login for a repository; `undefined`: none fits. */
export function loginFor(
  logins: readonly DockerLogin[],
  { registry, repository }: RegistryName,
): RegistryLogin | undefined {
  let best: DockerLogin | undefined
  for (const one of logins) {
    const fits =
      hostMatches(one.host, hostOf(registry)) && (one.path === '' || `${repository}/`.startsWith(`${one.path}/`))
    if (fits && (!best || one.path.length > best.path.length)) best = one
  }
  return best?.login
}

function hostMatches(pattern: string, host: string): boolean {
  const labels = pattern.split('.')
  const given = host.split('.')
  if (labels.length !== given.length) return false
  return labels.every((label, index) => {
    if (!label.includes('*')) return label === given[index]
    // One wildcard run stands for any letters of a label; no backtracking over hostile patterns.
    const [start = '', ...rest] = label.split(/\*+/)
    const end = rest.at(-1) ?? ''
    const text = given[index] ?? ''
    return rest.length === 1 && text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
  })
}

/** Docker Hub has several names, one of them for logins. */
function hostOf(host: string): string {
  return host === 'docker.io' || host === 'registry-1.docker.io' ? 'index.docker.io' : host
}

function loginOf(address: string, entry: Record<string, unknown>): RegistryLogin | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry
  if (typeof registrytoken === 'string' && registrytoken !== '') return { kind: 'token', token: registrytoken }
  if (typeof identitytoken === 'string' && identitytoken !== '') return { kind: 'identity', token: identitytoken }
  if (typeof auth === 'string' && auth !== '') {
    const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '')
    const colon = decoded.indexOf(':')
    if (colon < 0) throw new DockerConfigError(`the 'auth' of '${address}' is not base64 of user:password`)
    return { kind: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
  }
  if (typeof username !== 'string' || typeof password !== 'string' || username === '') return undefined
  return { kind: 'basic', username, password }
}

function rowOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined
}
