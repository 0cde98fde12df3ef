/** ValidatingAdmissionPolicies: CEL expressions of cluster administrators that every write has to satisfy (apiserver `plugin/policy/validating`). */
import type { KubeObject } from '@sluice/api'
import { type ApiError, failure, groupResource, quoted } from '../api-error.ts'
import { child, items, type Json, strings, text } from '../kinds/record.ts'
import type { Api } from '../requests/api.ts'
import { selectorMatches } from '../requests/label-selector.ts'
import { celBoolean, celContext, celText } from './admission-cel.ts'
import { type AdmissionRequest, constraintsMatch, isExempt } from './admission-request.ts'

const group = 'admissionregistration.k8s.io'
const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
}

interface Denial {
  message: string
  reason: string
}

const specOf = (object: KubeObject): Json => child(object, 'spec') ?? {}

/** The objects a binding refers to; null stands for a policy without parameters. */
function paramsOf(api: Api, policy: Json, binding: Json, request: AdmissionRequest): (KubeObject | null)[] | Denial {
  const kind = child(policy, 'paramKind')
  const ref = child(binding, 'paramRef')
  if (!kind || !ref) return [null]
  const served = api.registry.byKind(text(kind.apiVersion), text(kind.kind))
  const wrong = (why: string): Denial => ({ message: `failed to configure binding: ${why}`, reason: 'Invalid' })
  if (!served)
    return wrong(`failed to find resource referenced by paramKind: '${text(kind.apiVersion)}, Kind=${text(kind.kind)}'`)
  const namespace = served.type.namespaced ? text(ref.namespace) || request.namespace : ''
  const selector = child(ref, 'selector')
  const found = api
    .collection(served.type)
    .items(namespace)
    .map(s => s.object)
    .filter(o => (ref.name ? o.metadata.name === ref.name : selectorMatches(selector, o.metadata.labels)))
  if (found.length) return found
  return ref.parameterNotFoundAction === 'Deny'
    ? wrong('no params found for policy binding with `Deny` parameterNotFoundAction')
    : []
}

/** What the policy says against the request with one set of parameters. */
function judged(api: Api, policy: Json, params: KubeObject | null, request: AdmissionRequest): Denial[] {
  const ignores = policy.failurePolicy === 'Ignore'
  const context = celContext(api, request, params, items(policy, 'variables'))
  for (const condition of items(policy, 'matchConditions')) {
    const held = celBoolean(text(condition.expression), context)
    if (held === false) return []
    if (held !== true)
      return ignores
        ? []
        : [{ message: `expression '${text(condition.expression)}' resulted in error: ${held}`, reason: 'Invalid' }]
  }
  const out: Denial[] = []
  for (const validation of items(policy, 'validations')) {
    const expression = text(validation.expression)
    const held = celBoolean(expression, context)
    if (held === true) continue
    const reason = text(validation.reason) || 'Invalid'
    if (held !== false) {
      if (!ignores) out.push({ message: `expression '${expression}' resulted in error: ${held}`, reason })
      continue
    }
    const said = validation.messageExpression ? celText(text(validation.messageExpression), context) : undefined
    out.push({ message: said || text(validation.message).trim() || `failed expression: ${expression}`, reason })
  }
  return out
}

function refusal(request: AdmissionRequest, message: string, reason: string): ApiError {
  const { type } = request.served
  const what = `${groupResource(type.group, type.resource)} ${request.name ? `${quoted(request.name)} ` : ''}`
  return failure(codes[reason] ?? 422, reason, `${what}is forbidden: ${message}`, {
    ...(request.name ? { name: request.name } : {}),
    ...(type.group ? { group: type.group } : {}),
    kind: type.resource,
    causes: [{ message }],
  })
}

/** Throws what the first policy that denies says; warnings of others are added to the request. */
export function checkPolicies(api: Api, request: AdmissionRequest): void {
  const bindings = api.store.collection(`${group}/validatingadmissionpolicybindings`)
  if (bindings.size === 0 || isExempt(request.served.type)) return
  let denied: ApiError | undefined
  for (const { object: binding } of bindings.items('')) {
    const bound = specOf(binding)
    const policy = api.find(`${group}/validatingadmissionpolicies`, '', text(bound.policyName))
    if (!policy) continue
    const spec = specOf(policy)
    if (!constraintsMatch(api, child(spec, 'matchConstraints'), request)) continue
    if (!constraintsMatch(api, child(bound, 'matchResources'), request)) continue
    const params = paramsOf(api, spec, bound, request)
    const denials = Array.isArray(params) ? params.flatMap(p => judged(api, spec, p, request)) : [params]
    const names = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`
    const actions = strings(bound.validationActions)
    for (const { message, reason } of denials) {
      if (actions.includes('Warn')) request.warnings.push(`Validation failed for ${names}: ${message}`)
      if (actions.includes('Deny')) denied ??= refusal(request, `${names} denied request: ${message}`, reason)
    }
  }
  if (denied) throw denied
}
