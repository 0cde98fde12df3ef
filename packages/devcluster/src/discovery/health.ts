/** `/livez`, `/readyz`, `/healthz` and their single checks (apiserver `healthz`). Every check of this server is met by answering at all. */
const checks = ['ping', 'log', 'etcd', 'poststarthook/rbac/bootstrap-roles', 'poststarthook/crd-informer-synced']

export interface HealthAnswer {
  code: number
  text: string
}

/** Undefined for a path that is no health check. */
export function health(path: string, query: URLSearchParams): HealthAnswer | undefined {
  const match = /^\/(livez|readyz|healthz)(?:\/(.+))?$/.exec(path)
  if (!match) return undefined
  const [, endpoint, single] = match
  if (single !== undefined) return checks.includes(single) ? { code: 200, text: 'ok' } : undefined
  const excluded = query.getAll('exclude')
  const unknown = excluded.filter(name => !checks.includes(name))
  const warning = unknown.length
    ? `warn: some health checks cannot be excluded: no matches for ${unknown.map(u => JSON.stringify(u)).join(', ')}\n`
    : ''
  if (!query.has('verbose')) return { code: 200, text: 'ok' }
  const lines = checks.map(name => (excluded.includes(name) ? `[+]${name} excluded: ok\n` : `[+]${name} ok\n`))
  return { code: 200, text: `${lines.join('')}${warning}${endpoint} check passed\n` }
}
