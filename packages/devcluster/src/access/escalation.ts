/**
 * Nobody may grant what he does not hold: the check on writes of roles and bindings (k/k `rbac/validation`). A rule is split
 * into single permissions; each must be covered by one rule of the user.
 */
import { type ApiError, forbidden, quoted } from '../api-error.ts'
import type { User } from '../local-client.ts'
import type { PolicyRule } from './rbac.ts'

function atoms(rule: PolicyRule): PolicyRule[] {
  const out: PolicyRule[] = []
  for (const verb of rule.verbs ?? []) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const single: PolicyRule = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (!rule.resourceNames?.length) out.push(single)
        else for (const name of rule.resourceNames) out.push({ ...single, resourceNames: [name] })
      }
    }
    for (const url of rule.nonResourceURLs ?? []) out.push({ verbs: [verb], nonResourceURLs: [url] })
  }
  return out
}

const covers = (owned: readonly string[] | undefined, wanted: readonly string[] | undefined) =>
  (wanted ?? []).every(w => owned?.includes(w) || owned?.includes('*'))

function resourceCovered(owned: readonly string[] | undefined, wanted: string): boolean {
  if (!owned) return false
  if (owned.includes('*') || owned.includes(wanted)) return true
  const slash = wanted.indexOf('/')
  return slash >= 0 && owned.includes(`*${wanted.slice(slash)}`)
}

function ruleCovers(owner: PolicyRule, wanted: PolicyRule): boolean {
  if (!covers(owner.verbs, wanted.verbs)) return false
  const url = wanted.nonResourceURLs?.[0]
  if (url !== undefined) {
    return (owner.nonResourceURLs ?? []).some(
      o => o === '*' || o === url || (o.endsWith('*') && url.startsWith(o.slice(0, -1))),
    )
  }
  if (!covers(owner.apiGroups, wanted.apiGroups)) return false
  if (!resourceCovered(owner.resources, wanted.resources?.[0] ?? '')) return false
  if (!owner.resourceNames?.length) return true
  return wanted.resourceNames?.length ? wanted.resourceNames.every(n => owner.resourceNames?.includes(n)) : false
}

/** The permissions in `wanted` that `owned` does not cover, joined again where only the verb differs. */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing = wanted.flatMap(atoms).filter(atom => !owned.some(rule => ruleCovers(rule, atom)))
  const joined = new Map<string, PolicyRule>()
  for (const atom of missing) {
    const key = JSON.stringify([atom.apiGroups, atom.resources, atom.resourceNames, atom.nonResourceURLs])
    const known = joined.get(key)
    if (known) known.verbs = [...new Set([...(known.verbs ?? []), ...(atom.verbs ?? [])])]
    else joined.set(key, atom)
  }
  return [...joined.values()]
}

const list = (values: readonly string[]) => `[${values.map(quoted).join(' ')}]`

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` */
function compact(rule: PolicyRule): string {
  const parts: string[] = []
  if (rule.apiGroups?.length) parts.push(`APIGroups:${list(rule.apiGroups)}`)
  if (rule.resources?.length) parts.push(`Resources:${list(rule.resources)}`)
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`)
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${list(rule.resourceNames)}`)
  if (rule.verbs?.length) parts.push(`Verbs:${list(rule.verbs)}`)
  return `{${parts.join(', ')}}`
}

export function escalation(
  of: { group: string; resource: string },
  name: string,
  user: User,
  missing: readonly PolicyRule[],
  resolution: readonly string[],
): ApiError {
  const lines = [...new Set(missing.map(compact))].sort()
  const suffix = resolution.length ? `; resolution errors: [${resolution.join(', ')}]` : ''
  const groups = user.groups.map(quoted).join(' ')
  return forbidden(
    of,
    name,
    `user ${quoted(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${suffix}`,
  )
}
