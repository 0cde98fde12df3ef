/**
 * Addresses of bases in other repositories, taken apart as kustomize does it: what to clone, which directory in it, which revision. What is no such
 * address is a path.
 */
import { normalized } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

export interface RepositoryUrl {
  /** What `git fetch` gets. */
  repository: string
  /** Directory inside the repository; the empty path is its root. */
  path: string
  /** Branch, tag or commit; undefined means the default branch. */
  ref: string | undefined
  timeoutMs: number
  submodules: boolean
}

const defaultTimeoutMs = 27_000

/** Whether kustomize would clone this: URLs, scp-like addresses and the github.com shorthand. */
export function isRemote(path: string): boolean {
  try {
    parsed(path)
    return true
  } catch (error) {
    if (error instanceof KustomizeError) return false
    throw error
  }
}

/** Throws KustomizeError when it is no address of a repository, or its revision would be an option of git. */
export function parseRepositoryUrl(url: string): RepositoryUrl {
  const address = parsed(url)
  if (address.ref?.startsWith('-')) throw new KustomizeError(`'${address.ref}' in ${url} is no revision`)
  return address
}

function parsed(url: string): RepositoryUrl {
  if (url.startsWith('/')) throw new KustomizeError(`uri looks like abs path: ${url}`)
  const [address, query] = splitOnce(url, '?')
  const { host, rest } = hostOf(address, url)
  const { repository, path } = repositoryIn(rest, host, url)
  const inside = normalized(path.replace(/^\//, ''))
  if (inside === '..' || inside.startsWith('../')) throw new KustomizeError(`url path exits repo: ${rest}`)
  const parameters = parametersOf(query)
  const ref = parameters?.get('ref') || parameters?.get('version') || undefined
  return {
    repository: host + repository,
    path: inside,
    ref,
    timeoutMs: timeoutOf(parameters?.get('timeout')),
    submodules: booleanOf(parameters?.get('submodules')) ?? true,
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** The part up to the path: `https://host/`, `git@host:`, `file://`. */
function hostOf(address: string, url: string): { host: string; rest: string } {
  const plain = address.replace(/^git::/i, '')
  const scheme = /^(?:ssh|https|http|file):\/\//i.exec(plain)?.[0] ?? ''
  const user = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(plain.slice(scheme.length))?.[0] ?? ''
  const below = plain.slice(scheme.length + user.length)
  const lowerScheme = scheme.toLowerCase()
  if (lowerScheme === 'file://') return { host: lowerScheme, rest: user + below }
  const isGithub = /^github\.com[/:]/i.test(below)
  const isScp = scheme === '' && (user !== '' || isGithub)
  if (scheme === '' && !isScp) throw new KustomizeError(`failed to parse scheme: ${url}`)
  const slash = below.indexOf('/')
  const colon = isScp ? below.indexOf(':') : -1
  const end = slash < 0 || (colon > 0 && colon < slash) ? Math.max(colon, -1) : slash
  const rest = end < 0 ? '' : below.slice(end + 1)
  if (isGithub) {
    const overSsh = lowerScheme === 'ssh://' || user !== ''
    return { host: overSsh ? `${user}github.com:` : 'https://github.com/', rest }
  }
  const host = end < 0 ? below : below.slice(0, end + 1)
  if (host === '') throw new KustomizeError(`failed to parse host segment: ${url}`)
  return { host: lowerScheme + user + host, rest }
}

function repositoryIn(rest: string, host: string, url: string): { repository: string; path: string } {
  const split = (repository: string, path: string) => {
    if (repository === '') throw new KustomizeError(`failed to parse repo path segment: ${url}`)
    return { repository, path }
  }
  const azure = /^(.*?_git\/[^/]*)(?:\/(.*))?$/.exec(rest)
  if (azure) return split(azure[1] ?? '', azure[2] ?? '')
  const slashes = rest.indexOf('//')
  if (slashes >= 0) return split(rest.slice(0, slashes), rest.slice(slashes + 2))
  const suffix = rest.indexOf('.git')
  if (suffix >= 0) return split(rest.slice(0, suffix + 4), rest.slice(suffix + 4))
  if (host === 'file://') return split(rest, '')
  const parts = rest.split('/')
  if (parts.length < 2) throw new KustomizeError(`failed to parse repo path segment: ${url}`)
  return split(parts.slice(0, 2).join('/'), parts.slice(2).join('/'))
}

/** Undefined for a query that Go cannot read: then nothing in it counts. */
function parametersOf(query: string): URLSearchParams | undefined {
  return /;|%(?![0-9a-f]{2})/i.test(query) ? undefined : new URLSearchParams(query)
}

function booleanOf(text: string | null | undefined): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text ?? '')) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text ?? '') ? false : undefined
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const duration = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g

/** Whole seconds, or a duration such as `1m30s`; what is neither is ignored, as the real one does. */
function timeoutOf(text: string | null | undefined): number {
  if (!text) return defaultTimeoutMs
  if (/^\+?\d+$/.test(text) && Number(text) > 0) return Number(text) * 1000
  const unsigned = text.replace(/^\+/, '')
  if (unsigned === '' || unsigned.replace(duration, '') !== '') return defaultTimeoutMs
  let total = 0
  for (const [, amount = '', unit = ''] of unsigned.matchAll(duration)) total += Number(amount) * (units[unit] ?? 0)
  return total > 0 ? total : defaultTimeoutMs
}
