/** Roles and bindings: nobody grants more than he has, and what a binding refers to never changes. */
import type { KubeObject } from '@sluice/api'
import { escalation, missingRules } from '../access/escalation.ts'
import { type PolicyRule, roleRefOf, rulesOf } from '../access/rbac.ts'
import { type Cause, notFound } from '../api-error.ts'
import type { User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { invalidValue, nameProblems, required, unsupported } from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { child, fill, items, strings, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { labelSelectorCauses } from './workload-kinds.ts'

const group = 'rbac.authorization.k8s.io'

/** Throws 403 when the user does not hold what the rules grant. */
function checkGrant(api: Api, user: User, object: KubeObject, resource: string, wanted: readonly PolicyRule[]): void {
  const namespace = object.metadata.namespace
  const held = api.rbac.rules(user, namespace)
  const missing = missingRules(held.rules, wanted)
  if (missing.length) throw escalation({ group, resource }, object.metadata.name, user, missing, held.missing)
}

const isMaster = (user: User) => user.groups.includes('system:masters')

function mayUse(api: Api, user: User, verb: string, object: KubeObject, resource: string, name: string): boolean {
  const { namespace } = object.metadata
  return api.rbac.authorize(user, { verb, group, resource, name, ...(namespace ? { namespace } : {}) }).allowed
}

function ruleCauses(object: KubeObject, namespaced: boolean): Cause[] {
  return items(object, 'rules').flatMap((rule, i) => {
    const path = `rules[${i}]`
    const out: Cause[] = []
    if (strings(rule.verbs).length === 0) out.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
    if (strings(rule.nonResourceURLs).length) {
      if (namespaced) {
        out.push(
          invalidValue(
            `${path}.nonResourceURLs`,
            rule.nonResourceURLs,
            'namespaced rules cannot apply to non-resource URLs',
          ),
        )
      }
      if (strings(rule.apiGroups).length || strings(rule.resources).length || strings(rule.resourceNames).length) {
        out.push(
          invalidValue(
            `${path}.nonResourceURLs`,
            rule.nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        )
      }
      return out
    }
    if (strings(rule.apiGroups).length === 0) {
      out.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
    }
    if (strings(rule.resources).length === 0) {
      out.push(required(`${path}.resources`, 'resource rules must supply at least one resource'))
    }
    return out
  })
}

function roleStrategy(resource: 'roles' | 'clusterroles'): KindStrategy {
  return {
    name: 'path',
    createOnUpdate: true,
    defaults: object => {
      object.rules ??= null
    },
    admit(object, live, { api, user }) {
      if (isMaster(user)) return
      if (live && sameJson(rulesOf(live), rulesOf(object)) && sameJson(live.aggregationRule, object.aggregationRule)) {
        return
      }
      if (mayUse(api, user, 'escalate', object, resource, object.metadata.name)) return
      const aggregates = object.aggregationRule !== undefined
      const everything: PolicyRule[] = aggregates
        ? [
            { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
            { nonResourceURLs: ['*'], verbs: ['*'] },
          ]
        : []
      checkGrant(api, user, object, resource, [...rulesOf(object), ...everything])
    },
    validate(object) {
      const out = ruleCauses(object, resource === 'roles')
      const aggregation = child(object, 'aggregationRule')
      if (aggregation && items(aggregation, 'clusterRoleSelectors').length === 0) {
        out.push(
          required(
            'aggregationRule.clusterRoleSelectors',
            'at least one clusterRoleSelector required if aggregationRule is non-nil',
          ),
        )
      }
      items(aggregation, 'clusterRoleSelectors').forEach((selector, i) => {
        const path = `aggregationRule.clusterRoleSelectors[${i}]`
        const problems = labelSelectorCauses(selector, path)
        if (problems.length) out.push(...problems, invalidValue(path, null, 'invalid label selector.'))
      })
      return out
    },
  }
}

export const roles = roleStrategy('roles')
export const clusterRoles = roleStrategy('clusterroles')

function subjectCauses(object: KubeObject): Cause[] {
  return items(object, 'subjects').flatMap((subject, i) => {
    const path = `subjects[${i}]`
    const out: Cause[] = []
    const kind = text(subject.kind)
    if (!text(subject.name)) out.push(required(`${path}.name`))
    if (kind === 'ServiceAccount') {
      if (!text(subject.namespace) && !object.metadata.namespace) out.push(required(`${path}.namespace`))
      if (text(subject.apiGroup)) out.push(unsupported(`${path}.apiGroup`, subject.apiGroup, ['']))
    } else if (kind === 'User' || kind === 'Group') {
      if (subject.apiGroup !== group) out.push(unsupported(`${path}.apiGroup`, subject.apiGroup, [group]))
    } else out.push(unsupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User']))
    return out
  })
}

function goShaped(ref: unknown): unknown {
  const { apiGroup, kind, name } = Object(ref)
  return { APIGroup: apiGroup ?? '', Kind: kind ?? '', Name: name ?? '' }
}

function bindingStrategy(resource: 'rolebindings' | 'clusterrolebindings'): KindStrategy {
  const kinds = resource === 'rolebindings' ? ['Role', 'ClusterRole'] : ['ClusterRole']
  return {
    name: 'path',
    createOnUpdate: true,
    defaults(object) {
      const ref = child(object, 'roleRef')
      if (ref) fill(ref, { apiGroup: group })
      for (const subject of items(object, 'subjects')) {
        if (subject.kind === 'User' || subject.kind === 'Group') fill(subject, { apiGroup: group })
      }
    },
    admit(object, live, { api, user }) {
      if (isMaster(user)) return
      if (live && sameJson(live.roleRef, object.roleRef) && sameJson(live.subjects, object.subjects)) return
      const ref = roleRefOf(object)
      const roleResource = ref?.kind === 'Role' ? 'roles' : 'clusterroles'
      if (mayUse(api, user, 'bind', object, roleResource, ref?.name ?? '')) return
      const role = api.rbac.role(ref, object.metadata.namespace ?? '')
      if (!role) throw notFound({ group, resource }, ref.name)
      checkGrant(api, user, object, resource, rulesOf(role))
    },
    validate(object, live) {
      const ref = child(object, 'roleRef')
      const out: Cause[] = []
      if (ref && text(ref.apiGroup) !== group) out.push(unsupported('roleRef.apiGroup', ref?.apiGroup ?? '', [group]))
      if (!kinds.includes(text(ref?.kind))) out.push(unsupported('roleRef.kind', text(ref?.kind), kinds))
      if (!text(ref?.name)) out.push(required('roleRef.name'))
      else out.push(...nameProblems(text(ref?.name), 'path').map(p => invalidValue('roleRef.name', ref?.name, p)))
      out.push(...subjectCauses(object))
      if (live && !sameJson(live.roleRef, object.roleRef)) {
        out.push(invalidValue('roleRef', goShaped(object.roleRef), 'cannot change roleRef'))
      }
      return out
    },
  }
}

export const roleBindings = bindingStrategy('rolebindings')
export const clusterRoleBindings = bindingStrategy('clusterrolebindings')
