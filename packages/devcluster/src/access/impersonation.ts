/** `Impersonate-*` headers: who the request acts as, once the real user has been found to be allowed to (apiserver filter). */
import { badRequest } from '../api-error.ts'
import type { User } from '../local-client.ts'
import { denied, type ResourceAttributes } from './attributes.ts'
import type { Rbac } from './rbac.ts'

type Headers = NodeJS.Dict<string | string[]>

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''
// HTTP/1.1 of Node joins repeated unknown headers with a comma and a space.
const many = (value: string | string[] | undefined) =>
  (Array.isArray(value) ? value : value === undefined ? [] : value.split(', ')).filter(v => v !== '')

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/

function extraOf(headers: Headers): Record<string, string[]> {
  const extra: Record<string, string[]> = {}
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('impersonate-extra-')) continue
    extra[decodeURIComponent(header.slice('impersonate-extra-'.length)).toLowerCase()] = many(value)
  }
  return extra
}

/** Undefined when the request impersonates nobody. Throws 400 or 403. */
export function impersonated(headers: Headers, real: User, rbac: Rbac): User | undefined {
  const name = one(headers['impersonate-user'])
  const groups = many(headers['impersonate-group'])
  const uid = one(headers['impersonate-uid'])
  const extra = extraOf(headers)
  const extras = Object.keys(extra)
  if (!name) {
    if (!groups.length && !uid && !extras.length) return undefined
    const asked = [
      ...groups.map(g => `{Group  ${g}  }`),
      ...extras.flatMap(k => (extra[k] ?? []).map(v => `{UserExtra  ${v}  }`)),
    ]
    throw badRequest(`requested [${asked.join(' ')}] without impersonating a user`)
  }
  const check = (wanted: Omit<ResourceAttributes, 'verb'>) => {
    const attributes: ResourceAttributes = { verb: 'impersonate', ...wanted }
    const { allowed, reason } = rbac.authorize(real, attributes)
    if (!allowed) throw denied(real, attributes, reason)
  }
  const account = serviceAccount.exec(name)
  if (account) {
    check({ group: '', resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' })
  } else check({ group: '', resource: 'users', name })
  for (const group of groups) check({ group: '', resource: 'groups', name: group })
  for (const key of extras) {
    for (const value of extra[key] ?? []) {
      check({ group: 'authentication.k8s.io', resource: 'userextras', subresource: key, name: value })
    }
  }
  if (uid) check({ group: 'authentication.k8s.io', resource: 'uids', name: uid })
  return { name, groups: groupsOf(name, groups), ...(uid ? { uid } : {}), ...(extras.length ? { extra } : {}) }
}

/** The groups of an impersonated user: a service account's own when none are given, then who is authenticated. */
export function groupsOf(name: string, given: readonly string[]): string[] {
  const groups = [...given]
  const account = serviceAccount.exec(name)
  if (account && groups.length === 0) groups.push('system:serviceaccounts', `system:serviceaccounts:${account[1]}`)
  if (name === 'system:anonymous') {
    if (!groups.includes('system:unauthenticated')) groups.push('system:unauthenticated')
  } else if (!groups.includes('system:authenticated') && !groups.includes('system:unauthenticated')) {
    groups.push('system:authenticated')
  }
  return groups
}
