/** Review kinds: questions about access, answered at once and never stored. */
import type { KubeObject } from '@sluice/api'
import { badRequest, type Cause, invalid } from '../api-error.ts'
import { child, type Json, strings, text } from '../kinds/record.ts'
import type { User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { invalidValue } from '../requests/metadata-validation.ts'
import type { Caller, Target } from '../requests/request.ts'
import { tracked } from '../requests/tracked.ts'
import type { Attributes } from './attributes.ts'
import { userOfToken } from './authenticate.ts'
import type { PolicyRule } from './rbac.ts'

const group = 'authorization.k8s.io'

function attributesOf(spec: Json): Attributes {
  const resource = child(spec, 'resourceAttributes')
  if (!resource) {
    const path = child(spec, 'nonResourceAttributes')
    return { path: text(path?.path), verb: text(path?.verb) }
  }
  return {
    verb: text(resource.verb),
    group: text(resource.group),
    resource: text(resource.resource),
    ...(resource.subresource ? { subresource: text(resource.subresource) } : {}),
    ...(resource.namespace ? { namespace: text(resource.namespace) } : {}),
    ...(resource.name ? { name: text(resource.name) } : {}),
  }
}

function specCauses(spec: Json, needsUser: boolean): Cause[] {
  const out: Cause[] = []
  const both = spec.resourceAttributes !== undefined && spec.nonResourceAttributes !== undefined
  const none = spec.resourceAttributes === undefined && spec.nonResourceAttributes === undefined
  if (both) {
    out.push(
      invalidValue(
        'spec.nonResourceAttributes',
        spec.nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    )
  }
  if (none) {
    out.push(
      invalidValue(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    )
  }
  if (needsUser && !text(spec.user) && strings(spec.groups).length === 0) {
    out.push(invalidValue('spec.user', '', 'at least one of user or group must be specified'))
  }
  return out
}

function accessReview(api: Api, target: Target, object: KubeObject, user: User, needsUser: boolean): KubeObject {
  const spec = child(object, 'spec') ?? {}
  const causes = specCauses(spec, needsUser)
  if (causes.length) throw invalid({ group, kind: target.served.kind }, '', causes)
  const { allowed, reason } = api.rbac.authorize(user, attributesOf(spec))
  return { ...object, status: { allowed, ...(reason ? { reason } : {}) } }
}

function subjectOf(spec: Json): User {
  const name = text(spec.user)
  const extra = child(spec, 'extra')
  return {
    name,
    groups: strings(spec.groups),
    ...(spec.uid ? { uid: text(spec.uid) } : {}),
    ...(extra ? { extra: Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, strings(v)])) } : {}),
  }
}

const resourceRule = ({ verbs = [], apiGroups = [], resources = [], resourceNames }: PolicyRule) => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames?.length ? { resourceNames } : {}),
})

function rulesReview(api: Api, object: KubeObject, user: User): KubeObject {
  const namespace = text(child(object, 'spec')?.namespace)
  if (!namespace) throw badRequest('no namespace on request')
  const { rules, missing } = api.rbac.rules(user, namespace)
  const everything: PolicyRule[] = user.groups.includes('system:masters')
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : rules
  return {
    ...object,
    status: {
      resourceRules: everything.filter(r => r.resources?.length).map(resourceRule),
      nonResourceRules: everything
        .filter(r => r.nonResourceURLs?.length)
        .map(r => ({ verbs: r.verbs ?? [], nonResourceURLs: r.nonResourceURLs })),
      incomplete: missing.length > 0,
      ...(missing.length ? { evaluationError: missing.join(', ') } : {}),
    },
  }
}

function tokenReview(api: Api, object: KubeObject): KubeObject {
  const spec = child(object, 'spec') ?? {}
  const token = text(spec.token)
  if (!token) throw badRequest('token is required for TokenReview in authentication')
  const audiences = strings(spec.audiences)
  const found = userOfToken(api, token, audiences.length ? audiences : undefined)
  return {
    ...object,
    status: found
      ? { authenticated: true, user: userInfo(found.user), audiences: found.audiences }
      : { user: {}, error: '[invalid bearer token, service account token is not valid yet or has expired]' },
  }
}

const userInfo = (user: User) => ({
  username: user.name,
  ...(user.uid ? { uid: user.uid } : {}),
  groups: user.groups,
  ...(user.extra && Object.keys(user.extra).length ? { extra: user.extra } : {}),
})

/** `object` is decoded; the answer is what POST returns. Reviews are tracked like any object, and have no name. */
export function review(api: Api, caller: Caller, target: Target, object: KubeObject, manager: string): object {
  const answered = answer(api, caller, target, object)
  const { managedFields, creationTimestamp: _, name, ...metadata } = tracked(api, target, answered, manager).metadata
  const isSelf = target.served.type.resource === 'selfsubjectreviews'
  return {
    ...answered,
    metadata: {
      ...(name ? { name } : {}),
      ...metadata,
      ...(isSelf ? { creationTimestamp: api.now() } : {}),
      ...(managedFields && !isSelf ? { managedFields } : {}),
    },
  }
}

function answer(api: Api, caller: Caller, target: Target, object: KubeObject): KubeObject {
  switch (target.served.type.resource) {
    case 'tokenreviews':
      return tokenReview(api, object)
    case 'selfsubjectreviews':
      return { ...object, status: { userInfo: userInfo(caller.user) } }
    case 'selfsubjectaccessreviews':
      return accessReview(api, target, object, caller.user, false)
    case 'selfsubjectrulesreviews':
      return rulesReview(api, object, caller.user)
    case 'localsubjectaccessreviews': {
      const namespace = text(child(child(object, 'spec'), 'resourceAttributes')?.namespace)
      if (namespace !== target.namespace) {
        // Upstream forgets the kind in this one.
        throw invalid({ group, kind: '' }, '', [
          invalidValue('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'),
        ])
      }
      return accessReview(api, target, object, subjectOf(child(object, 'spec') ?? {}), true)
    }
    default:
      return accessReview(api, target, object, subjectOf(child(object, 'spec') ?? {}), true)
  }
}
