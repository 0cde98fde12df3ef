/**
 * Role-based access control: who may do what, from the Roles, ClusterRoles and their bindings in the store. The bindings are
 * indexed by subject; the index is rebuilt on the first question after one of those objects changed.
 */
import type { KubeObject } from '@sluice/api'
import { quoted } from '../api-error.ts'
import type { User } from '../local-client.ts'
import type { Collection } from '../store/collection.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Attributes, Decision, PathAttributes, ResourceAttributes } from './attributes.ts'

export interface PolicyRule {
  verbs?: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

export interface Subject {
  kind: string
  name: string
  namespace?: string
  apiGroup?: string
}

export interface RoleRef {
  apiGroup?: string
  kind: string
  name: string
}

interface Grant {
  rules: readonly PolicyRule[]
  /** Why access is allowed, as SubjectAccessReview tells. */
  reason: string
  /** Set when the role does not exist. */
  missing?: string
}

const rbacGroup = 'rbac.authorization.k8s.io'

export const rulesOf = (role: KubeObject | undefined): PolicyRule[] =>
  Array.isArray(role?.rules) ? (role.rules as PolicyRule[]) : []
const subjectsOf = (binding: KubeObject): Subject[] =>
  Array.isArray(binding.subjects) ? (binding.subjects as Subject[]) : []
export const roleRefOf = (binding: KubeObject): RoleRef => binding.roleRef as RoleRef

/** The name a subject has in the index: users (service accounts are users too) and groups. */
function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind === 'Group') return `g ${subject.name}`
  if (subject.kind === 'ServiceAccount') {
    return `u system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`
  }
  return `u ${subject.name}`
}

const holds = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes(value) || list.includes('*'))

export function resourceRuleAllows(rule: PolicyRule, wanted: ResourceAttributes): boolean {
  if (!holds(rule.verbs, wanted.verb) || !holds(rule.apiGroups, wanted.group)) return false
  const { resources = [], resourceNames } = rule
  const full = wanted.subresource ? `${wanted.resource}/${wanted.subresource}` : wanted.resource
  const matches =
    resources.includes('*') ||
    resources.includes(full) ||
    (wanted.subresource ? resources.includes(`*/${wanted.subresource}`) : false)
  if (!matches) return false
  return !resourceNames?.length || resourceNames.includes(wanted.name ?? '')
}

export function pathRuleAllows(rule: PolicyRule, wanted: PathAttributes): boolean {
  return (
    holds(rule.verbs, wanted.verb) &&
    (rule.nonResourceURLs ?? []).some(
      url => url === wanted.path || url === '*' || (url.endsWith('*') && wanted.path.startsWith(url.slice(0, -1))),
    )
  )
}

export class Rbac {
  readonly #roles: Collection
  readonly #clusterRoles: Collection
  readonly #roleBindings: Collection
  readonly #clusterRoleBindings: Collection
  #everywhere = new Map<string, Grant[]>()
  #inNamespace = new Map<string, Map<string, Grant[]>>()
  #stale = true

  constructor(store: ObjectStore) {
    this.#roles = store.collection(`${rbacGroup}/roles`)
    this.#clusterRoles = store.collection(`${rbacGroup}/clusterroles`)
    this.#roleBindings = store.collection(`${rbacGroup}/rolebindings`)
    this.#clusterRoleBindings = store.collection(`${rbacGroup}/clusterrolebindings`)
    const changed = () => {
      this.#stale = true
    }
    for (const collection of [this.#roles, this.#clusterRoles, this.#roleBindings, this.#clusterRoleBindings]) {
      collection.watchers.add(changed)
    }
  }

  #grantsOf(user: User, namespace: string | undefined): Grant[] {
    if (this.#stale) this.#rebuild()
    const local = namespace ? this.#inNamespace.get(namespace) : undefined
    const out: Grant[] = []
    for (const key of [`u ${user.name}`, ...user.groups.map(g => `g ${g}`)]) {
      out.push(...(this.#everywhere.get(key) ?? []))
      if (local) out.push(...(local.get(key) ?? []))
    }
    return out
  }

  #rebuild(): void {
    this.#stale = false
    this.#everywhere = new Map()
    this.#inNamespace = new Map()
    for (const { object } of this.#clusterRoleBindings.items()) this.#index(this.#everywhere, object, '')
    for (const { object } of this.#roleBindings.items()) {
      const namespace = object.metadata.namespace ?? ''
      let local = this.#inNamespace.get(namespace)
      if (!local) {
        local = new Map()
        this.#inNamespace.set(namespace, local)
      }
      this.#index(local, object, namespace)
    }
  }

  #index(into: Map<string, Grant[]>, binding: KubeObject, namespace: string): void {
    const ref = roleRefOf(binding)
    const role = this.role(ref, namespace)
    const { name } = binding.metadata
    const bindingName = namespace
      ? `RoleBinding ${quoted(`${name}/${namespace}`)}`
      : `ClusterRoleBinding ${quoted(name)}`
    const roleResource = ref.kind === 'Role' ? 'role' : 'clusterrole'
    for (const subject of subjectsOf(binding)) {
      const who =
        subject.kind === 'ServiceAccount'
          ? quoted(`${subject.name}/${subject.namespace ?? namespace}`)
          : quoted(subject.name)
      const grant: Grant = {
        rules: rulesOf(role),
        reason: `RBAC: allowed by ${bindingName} of ${ref.kind} ${quoted(ref.name)} to ${subject.kind} ${who}`,
        ...(role ? {} : { missing: `${roleResource}.${rbacGroup} ${quoted(ref.name)} not found` }),
      }
      const key = subjectKey(subject, namespace)
      const list = into.get(key)
      if (list) list.push(grant)
      else into.set(key, [grant])
    }
  }

  /** The role that a binding in `namespace` refers to. */
  role(ref: RoleRef, namespace: string): KubeObject | undefined {
    return ref.kind === 'Role'
      ? this.#roles.get(namespace, ref.name)?.object
      : this.#clusterRoles.get('', ref.name)?.object
  }

  authorize(user: User, wanted: Attributes): Decision {
    if (user.groups.includes('system:masters')) return { allowed: true, reason: '' }
    const isPath = 'path' in wanted
    const errors = new Set<string>()
    for (const grant of this.#grantsOf(user, isPath ? undefined : wanted.namespace)) {
      if (grant.missing) errors.add(grant.missing)
      const allows = isPath
        ? (rule: PolicyRule) => pathRuleAllows(rule, wanted)
        : (rule: PolicyRule) => resourceRuleAllows(rule, wanted)
      if (grant.rules.some(allows)) return { allowed: true, reason: grant.reason }
    }
    if (errors.size === 0) return { allowed: false, reason: '' }
    const all = [...errors]
    return { allowed: false, reason: `RBAC: ${all.length === 1 ? all[0] : `[${all.join(', ')}]`}` }
  }

  /** Every rule that applies to the user in the namespace, and the roles that are missing. */
  rules(user: User, namespace: string | undefined): { rules: PolicyRule[]; missing: string[] } {
    const grants = this.#grantsOf(user, namespace)
    return {
      rules: grants.flatMap(g => g.rules),
      missing: [...new Set(grants.flatMap(g => (g.missing ? [g.missing] : [])))],
    }
  }
}
