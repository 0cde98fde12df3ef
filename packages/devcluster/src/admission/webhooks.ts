/**
 * Admission webhooks: which of the configured ones a request has to pass, in order, and what they make of it (apiserver
 * `plugin/webhook`). Webhooks that are reached by URL are called. Those behind a Service are not: the pods of a dev cluster are
 * simulated, so nobody would answer, and every write they guard would fail.
 */
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '@sluice/api'
import { ApiError, failure, forbidden, internal } from '../api-error.ts'
import { child, isJson, items, type Json, number, strings, text } from '../kinds/record.ts'
import { jsonPatch } from '../merge/index.ts'
import type { Api } from '../requests/api.ts'
import { celBoolean, celContext, userInfo } from './admission-cel.ts'
import { type AdmissionRequest, isExempt, ruleMatches, selectorsMatch } from './admission-request.ts'
import { postJson } from './post-json.ts'

const group = 'admissionregistration.k8s.io'
type Kind = 'mutating' | 'validating'

const configurations = (api: Api, kind: Kind) => api.store.collection(`${group}/${kind}webhookconfigurations`)

/** Whether there are any at all: most clusters have none, and then a write need not wait. */
export const hasWebhooks = (api: Api): boolean =>
  configurations(api, 'mutating').size + configurations(api, 'validating').size > 0

const ignores = (hook: Json) => hook.failurePolicy === 'Ignore'

/** Throws 403 for a condition that cannot be evaluated when the policy is to fail. */
function conditionsHold(api: Api, hook: Json, request: AdmissionRequest): boolean {
  const conditions = items(hook, 'matchConditions')
  if (conditions.length === 0) return true
  const context = celContext(api, request, null, [])
  let problem: string | undefined
  for (const condition of conditions) {
    const held = celBoolean(text(condition.expression), context)
    if (held === false) return false
    if (held !== true) problem ??= `expression '${text(condition.expression)}' resulted in error: ${held}`
  }
  if (problem === undefined) return true
  if (ignores(hook)) return false
  throw forbidden(request.served.type, request.name, problem)
}

function matching(api: Api, kind: Kind, request: AdmissionRequest): Json[] {
  if (isExempt(request.served.type)) return []
  return configurations(api, kind)
    .items('')
    .flatMap(({ object }) => items(object, 'webhooks'))
    .filter(hook => child(hook, 'clientConfig')?.url !== undefined)
    .filter(hook => items(hook, 'rules').some(rule => ruleMatches(rule, request, hook.matchPolicy !== 'Exact')))
    .filter(hook => selectorsMatch(api, hook, request) && conditionsHold(api, hook, request))
}

function reviewOf(request: AdmissionRequest, uid: string): object {
  const { served, operation, namespace, name, subresource, user, dryRun } = request
  const { group: apiGroup, resource } = served.type
  const kind = { group: apiGroup, version: served.version, kind: served.kind }
  const where = { group: apiGroup, version: served.version, resource }
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind,
      resource: where,
      ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
      requestKind: kind,
      requestResource: where,
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      operation,
      userInfo: userInfo(user),
      object: request.object ?? null,
      oldObject: request.oldObject ?? null,
      dryRun,
      options: null,
    },
  }
}

/** The `response` of one webhook; undefined when it failed and may. Throws 500 when it failed and may not. */
async function called(hook: Json, request: AdmissionRequest): Promise<Json | undefined> {
  const name = text(hook.name)
  const seconds = number(hook.timeoutSeconds) || 10
  const config = child(hook, 'clientConfig') ?? {}
  const uid = randomUUID()
  try {
    if (request.dryRun && hook.sideEffects !== 'None' && hook.sideEffects !== 'NoneOnDryRun') {
      throw failure(400, 'BadRequest', `admission webhook "${name}" does not support dry run`)
    }
    const url = `${text(config.url)}?timeout=${seconds}s`
    const bundle = text(config.caBundle)
    const ca = bundle ? Buffer.from(bundle, 'base64').toString() : undefined
    const answer = await postJson(url, reviewOf(request, uid), { seconds, ...(ca ? { ca } : {}) })
    const response = isJson(answer) ? child(answer, 'response') : undefined
    if (!response) throw new Error('webhook response was absent')
    if (response.uid !== uid) throw new Error(`expected response.uid="${uid}", got "${text(response.uid)}"`)
    return response
  } catch (error) {
    if (error instanceof ApiError) throw error
    if (ignores(hook)) return undefined
    const why = error instanceof Error ? error.message : String(error)
    throw internal(`failed calling webhook "${name}": failed to call webhook: ${why}`)
  }
}

/** Warnings are passed on; a refusal is thrown with the webhook's own code. */
function checkResponse(hook: Json, response: Json, request: AdmissionRequest): void {
  request.warnings.push(...strings(response.warnings))
  if (response.allowed === true) return
  const status = child(response, 'status')
  const why = text(status?.message)
    ? `denied the request: ${text(status?.message)}`
    : text(status?.reason)
      ? `denied the request: ${text(status?.reason)}`
      : 'denied the request without explanation'
  const code = Math.max(number(status?.code), 400)
  throw failure(code, text(status?.reason), `admission webhook "${text(hook.name)}" ${why}`)
}

/** The object as the mutating webhooks want it; they are asked one by one, each seeing what those before made. */
export async function mutated(api: Api, request: AdmissionRequest): Promise<KubeObject | undefined> {
  let current = request
  for (const hook of matching(api, 'mutating', request)) {
    const response = await called(hook, current)
    if (!response) continue
    checkResponse(hook, response, current)
    if (!response.patch || !current.object) continue
    const patch: unknown = JSON.parse(Buffer.from(text(response.patch), 'base64').toString())
    const next = jsonPatch(current.object, patch)
    if (isJson(next)) current = { ...current, object: { ...current.object, ...next } }
  }
  return current.object
}

/** All validating webhooks at once; throws what the first of them in order says against it. */
export async function validated(api: Api, request: AdmissionRequest): Promise<void> {
  const hooks = matching(api, 'validating', request)
  const responses = await Promise.allSettled(hooks.map(hook => called(hook, request)))
  for (const [i, outcome] of responses.entries()) {
    if (outcome.status === 'rejected') throw outcome.reason
    const hook = hooks[i]
    if (hook && outcome.value) checkResponse(hook, outcome.value, request)
  }
}
