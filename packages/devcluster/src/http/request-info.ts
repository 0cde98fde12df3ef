/**
 * What a URL asks for (apiserver `endpoints/request/requestinfo.go`): resource requests under `/api` and `/apis`, everything else
 * is a path. Authorisation and routing both read this.
 */
export interface RequestInfo {
  path: string
  verb: string
  isResource: boolean
  /** Empty for the core group. */
  group: string
  version: string
  /** `v1`, `apps/v1`; empty when the path is no resource. */
  apiVersion: string
  namespace: string
  resource: string
  subresource: string
  name: string
  /** Path segments after the resource's name and subresource (`proxy` paths). */
  rest: string[]
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Third parts of `/namespaces/{name}/...` that belong to the namespace itself. */
const namespaceSubresources = new Set(['status', 'finalize'])

const isTrue = (value: string | null) => value !== null && value !== 'false' && value !== '0'

const pathSegment = /^(?!\.{1,2}$)[^/%]+$/

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const info: RequestInfo = {
    path,
    verb: method.toLowerCase(),
    isResource: false,
    group: '',
    version: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: [],
  }
  const parts = path.split('/')
  parts.shift()
  if (parts.at(-1) === '') parts.pop()
  const prefix = parts[0]
  if (prefix !== 'api' && prefix !== 'apis') return info
  if (parts.length < (prefix === 'api' ? 3 : 4)) return info
  parts.shift()
  if (prefix === 'apis') info.group = parts.shift() ?? ''
  info.version = parts.shift() ?? ''
  info.apiVersion = info.group ? `${info.group}/${info.version}` : info.version
  info.isResource = true
  info.verb = verbs[method] ?? ''
  const legacyWatch = parts[0] === 'watch'
  if (legacyWatch) {
    parts.shift()
    info.verb = 'watch'
  }
  locate(info, parts.map(decodeSegment))
  if (info.verb === 'get' && !info.name) {
    info.verb = isTrue(query.get('watch')) ? 'watch' : 'list'
  }
  if ((info.verb === 'list' || info.verb === 'watch') && !info.name) {
    const field = /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '')
    if (field?.[1] && pathSegment.test(field[1])) info.name = field[1]
  }
  if (info.verb === 'delete' && !info.name) info.verb = 'deletecollection'
  return info
}

function decodeSegment(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function locate(info: RequestInfo, parts: string[]): void {
  if (parts[0] === 'namespaces') {
    if (parts.length === 1) {
      info.resource = 'namespaces'
      return
    }
    info.namespace = parts[1] ?? ''
    if (parts.length > 2 && !(parts.length === 3 && namespaceSubresources.has(parts[2] ?? ''))) parts = parts.slice(2)
    // The namespace itself: its own name is also the namespace that authorisation sees.
  }
  info.resource = parts[0] ?? ''
  info.name = parts[1] ?? ''
  info.subresource = parts[2] ?? ''
  info.rest = parts.slice(3)
}
