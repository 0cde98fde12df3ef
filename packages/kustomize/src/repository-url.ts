/**
 * Addresses of bases in other repositories, taken apart as kustomize does it: what to clone, which directory in it, which revision.
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

/** Throws KustomizeError when the address cannot be meant. */
export function parseRepositoryUrl(url: string): RepositoryUrl {
  const [address = '', query = ''] = splitOnce(url.replace(/^git::/, ''), '?')
  const parameters = new URLSearchParams(query)
  const ref = parameters.get('ref') || parameters.get('version') || undefined
  if (ref?.startsWith('-')) throw new KustomizeError(`'${ref}' in ${url} is no revision`)
  const { host, rest } = hostOf(address, url)
  const { repository, path } = repositoryIn(rest, host, url)
  const inside = normalized(path)
  if (inside.startsWith('..')) throw new KustomizeError(`url path exits repo: ${url}`)
  return {
    repository: cloneAddress(host, repository),
    path: inside.replace(/^\//, ''),
    ref,
    timeoutMs: timeoutOf(parameters.get('timeout'), url),
    submodules: parameters.get('submodules') !== 'false',
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** The part up to the path: `https://host/`, `git@host:`, `file://`. */
function hostOf(address: string, url: string): { host: string; rest: string } {
  const match =
    /^(file:\/\/)(.*)$/i.exec(address) ??
    /^((?:ssh|https?):\/\/[^/]+\/)(.*)$/i.exec(address) ??
    /^([a-zA-Z][a-zA-Z0-9-]*@[^/:]+[:/])(.*)$/.exec(address) ??
    /^(github\.com[:/])(.*)$/i.exec(address)
  const [, host, rest] = match ?? []
  if (host === undefined || !rest) throw new KustomizeError(`url lacks host or path: ${url}`)
  return { host, rest }
}

function repositoryIn(rest: string, host: string, url: string): { repository: string; path: string } {
  const azure = /^(.*?_git\/[^/]+)(?:\/(.*))?$/.exec(rest)
  if (azure) return { repository: azure[1] ?? '', path: azure[2] ?? '' }
  const slashes = rest.indexOf('//')
  if (slashes >= 0) return { repository: rest.slice(0, slashes), path: rest.slice(slashes + 2) }
  const suffixed = /^(.*?\.git)(?:\/(.*))?$/.exec(rest)
  if (suffixed) return { repository: suffixed[1] ?? '', path: suffixed[2] ?? '' }
  if (/^file:/i.test(host)) return { repository: rest, path: '' }
  const [owner, name, ...path] = rest.split('/')
  if (!owner || !name) throw new KustomizeError(`failed to parse repo path segment: ${url}`)
  return { repository: `${owner}/${name}`, path: path.join('/') }
}

function cloneAddress(host: string, repository: string): string {
  const github = /^(?:(ssh|https?):\/\/)?([^@/]+@)?github\.com[:/]$/i.exec(host)
  if (!github) return host + repository
  const [, scheme, user] = github
  return scheme?.toLowerCase() === 'ssh' || user
    ? `${user ?? ''}github.com:${repository}`
    : `https://github.com/${repository}`
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Whole seconds, or a duration such as `1m30s`. */
function timeoutOf(text: string | null, url: string): number {
  if (!text) return defaultTimeoutMs
  let total = /^\d+$/.test(text) ? Number(text) * 1000 : 0
  if (total === 0 && /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) {
    for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
      total += Number(amount) * (units[unit] ?? 0)
  }
  if (total <= 0) throw new KustomizeError(`timeout '${text}' in ${url} is no duration, such as 60 or 1m30s`)
  return total
}
