/** What a request wants to do, in the words authorisation decides by, and the text of a refusal (apiserver `responsewriters`). */
import { type ApiError, failure, forbidden, quoted } from '../api-error.ts'
import type { User } from '../local-client.ts'

export interface ResourceAttributes {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}

export interface PathAttributes {
  verb: string
  path: string
}

export type Attributes = ResourceAttributes | PathAttributes

export interface Decision {
  allowed: boolean
  reason: string
}

/** `&`, `<` and `>` never reach a browser as markup. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function denied(user: User, attributes: Attributes, reason: string): ApiError {
  const why = reason ? `: ${reason}` : ''
  if ('path' in attributes) {
    const text = `User ${quoted(user.name)} cannot ${attributes.verb} path ${quoted(attributes.path)}${why}`
    return failure(403, 'Forbidden', escaped(`forbidden: ${text}`), {})
  }
  const { verb, group, resource, subresource, namespace, name = '' } = attributes
  const what = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? `in the namespace ${quoted(namespace)}` : 'at the cluster scope'
  const text = `User ${quoted(user.name)} cannot ${verb} resource ${quoted(what)} in API group ${quoted(group)} ${where}${why}`
  return forbidden({ group, resource }, name, escaped(text))
}
