/** The variables that admission expressions see, and their evaluation: an error is an answer here, not an exception. */
import type { KubeObject } from '@sluice/api'
import { type Json, text } from '../kinds/record.ts'
import type { User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { Authorizer, celValue, compiledRule } from '../schema/index.ts'
import type { AdmissionRequest } from './admission-request.ts'

type Context = Record<string, unknown>

/** Dates and durations stay texts: what is not typed is read as it stands. */
const plain = (value: unknown): unknown => (value === undefined ? null : celValue(undefined, value))

export const userInfo = (user: User) => ({
  username: user.name,
  uid: user.uid ?? '',
  groups: user.groups,
  extra: user.extra ?? {},
})

function authorizerOf(api: Api, user: User): Authorizer {
  return new Authorizer(({ verb, path, group = '', resource = '', ...rest }) =>
    api.rbac.authorize(user, path === undefined ? { verb, group, resource, ...rest } : { verb, path }),
  )
}

/** `variables` are computed when an expression first asks for them. */
export function celContext(
  api: Api,
  request: AdmissionRequest,
  params: KubeObject | null,
  variables: readonly Json[],
): Context {
  const { served, operation, namespace, name, user, dryRun } = request
  const { group, resource } = served.type
  const kind = { group, version: served.version, kind: served.kind }
  const authorizer = authorizerOf(api, user)
  const context: Context = {
    object: plain(request.object),
    oldObject: plain(request.oldObject),
    params: plain(params),
    namespaceObject: plain(served.type.namespaced ? api.find('/namespaces', '', namespace) : undefined),
    request: plain({
      kind,
      requestKind: kind,
      resource: { group, version: served.version, resource },
      requestResource: { group, version: served.version, resource },
      subResource: request.subresource,
      name,
      namespace,
      operation,
      userInfo: userInfo(user),
      dryRun,
    }),
    authorizer,
  }
  const computed: Context = {}
  for (const variable of variables) {
    let value: { is: unknown } | undefined
    Object.defineProperty(computed, text(variable.name), {
      enumerable: true,
      get: () => {
        value ??= { is: compiledRule(text(variable.expression))(context) }
        return value.is
      },
    })
  }
  context.variables = computed
  return context
}

/** CEL's own messages begin with a small letter in Go. */
function messageOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return first.charAt(0).toLowerCase() + first.slice(1)
}

/** True or false, or what went wrong. */
export function celBoolean(expression: string, context: Context): boolean | string {
  try {
    const result = compiledRule(expression)(context)
    return typeof result === 'boolean' ? result : 'the expression must evaluate to bool'
  } catch (error) {
    return messageOf(error)
  }
}

/** Undefined when the expression fails, is no text, or is empty. */
export function celText(expression: string, context: Context): string | undefined {
  try {
    const result = compiledRule(expression)(context)
    return typeof result === 'string' && result.trim() !== '' ? result.trim() : undefined
  } catch {
    return undefined
  }
}
