/** What handlers read from a request besides its body: the origin its client knows, preconditions, paging, flags. */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { badRequest } from '../arm/arm-error.ts'
import type { Preconditions } from '../resources/preconditions.ts'

const MAX_PAGE = 1000
const DEFAULT_PAGE = 100

/** Scheme and host for absolute URLs in answers; always https, as clients send tokens to them. */
export function originOf(request: FastifyRequest): string {
  return `https://${request.host}`
}

export function preconditionsOf(headers: IncomingHttpHeaders): Preconditions {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) }
}

/** One value of the query, names compared without regard to case. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  const { query } = request
  if (typeof query !== 'object' || query === null) return undefined
  for (const [key, value] of Object.entries(query)) {
    if (key.toLowerCase() === name.toLowerCase()) return String(Array.isArray(value) ? value[0] : value)
  }
  return undefined
}

export function flag(request: FastifyRequest, name: string): boolean {
  const value = queryValue(request, name)?.toLowerCase()
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw badRequest(
    'InvalidQueryParameter',
    `The query parameter '${name}' must be true or false, but is '${value}'.`,
    name,
  )
}

export interface Page {
  /** The key of the last item of the page before; empty at the beginning. */
  after: string
  limit: number
}

export function pageOf(request: FastifyRequest): Page {
  const top = queryValue(request, '$top')
  if (top !== undefined && !/^[1-9]\d{0,6}$/.test(top)) {
    throw badRequest(
      'InvalidQueryParameter',
      `The query parameter '$top' must be a whole number above 0, but is '${top}'.`,
      '$top',
    )
  }
  const token = queryValue(request, '$skipToken')
  return {
    after: token === undefined ? '' : Buffer.from(token, 'base64url').toString('utf8'),
    limit: Math.min(top === undefined ? DEFAULT_PAGE : Number(top), MAX_PAGE),
  }
}

/**
 * A list's answer. `items` holds one more than the page when there is more; its link repeats the request with a
 * token.
 */
export function pageBody<Item>(
  request: FastifyRequest,
  page: Page,
  items: Item[],
  keyOf: (item: Item) => string,
  show: (item: Item) => unknown,
): { value: unknown[]; nextLink?: string } {
  const shown = items.slice(0, page.limit)
  const last = shown.at(-1)
  const value = shown.map(show)
  if (items.length <= page.limit || last === undefined) return { value }
  const next = new URL(request.url, originOf(request))
  next.searchParams.set('$skipToken', Buffer.from(keyOf(last)).toString('base64url'))
  return { value, nextLink: next.href }
}
