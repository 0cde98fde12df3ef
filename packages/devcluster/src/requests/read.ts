/** GET of one object and of lists: which objects, at which revision, and which page of them. */
import type { KubeObject } from '@sluice/api'
import { ApiError, badRequest, failure, invalid, notFound, quoted } from '../api-error.ts'
import type { Collection } from '../store/collection.ts'
import type { Stored } from '../store/stored.ts'
import type { Api } from './api.ts'
import { type FieldSelector, fieldSelector } from './field-selector.ts'
import { type LabelMatch, labelSelector } from './label-selector.ts'
import { forbiddenField, unsupported } from './metadata-validation.ts'
import type { Target } from './request.ts'
import { viewOf } from './views.ts'

export interface Selection {
  labels: LabelMatch | undefined
  fields: FieldSelector | undefined
}

/** Throws 400 for selectors that cannot be read. */
export function selection(target: Target, labels: string | null, fields: string | null): Selection {
  return { labels: labelSelector(labels), fields: fieldSelector(fields, target.served) }
}

export const selects = ({ labels, fields }: Selection, object: KubeObject): boolean =>
  (!labels || labels(object.metadata.labels)) && (!fields || fields.matches(object))

/** Throws 404. */
export async function get(api: Api, target: Target): Promise<Stored> {
  const pending = api.store.settled()
  if (pending) await pending.catch(() => {})
  const stored = api.collection(target.served.type).get(target.namespace, target.name)
  if (!stored) throw notFound(target.served.type, target.name)
  return viewOf(target.served, stored)
}

export interface ListQuery {
  labelSelector: string | null
  fieldSelector: string | null
  limit: number
  continue: string
  resourceVersion: string
  resourceVersionMatch: string
  sendInitialEvents: boolean
}

export interface Page {
  /** Views at the version asked for. */
  items: readonly Stored[]
  revision: number
  continue: string
  remaining: number | undefined
}

const keyOf = (o: KubeObject) => (o.metadata.namespace ? `${o.metadata.namespace}/${o.metadata.name}` : o.metadata.name)

interface Token {
  revision: number
  start: string
}

const encodeToken = ({ revision, start }: Token) =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${start}\u0000` })).toString('base64url')

function decodeToken(text: string): Token {
  const bad = (why: string) => badRequest(`continue key is not valid: ${why}`)
  if (!/^[A-Za-z0-9_-]+=*$/.test(text)) {
    const at = /[^A-Za-z0-9_-]/.exec(text)?.index ?? 0
    throw bad(`illegal base64 data at input byte ${at}`)
  }
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw bad(
      `invalid character ${quoted(Buffer.from(text, 'base64url').toString().slice(0, 1)).replaceAll('"', "'")} looking for beginning of value`,
    )
  }
  if (typeof value !== 'object' || value === null || !('rv' in value) || !('start' in value) || !('v' in value)) {
    throw bad('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  }
  if (typeof value.rv !== 'number' || typeof value.start !== 'string' || value.v !== 'meta.k8s.io/v1') {
    throw bad('server does not recognize this encoded version')
  }
  return { revision: value.rv, start: value.start.endsWith('\u0000') ? value.start.slice(0, -1) : value.start }
}

/** Throws 400 when the text is no number. */
export function revisionNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${quoted(text)}: strconv.ParseUint: parsing ${quoted(text)}: invalid syntax`,
        field: 'resourceVersion',
      },
    ])
  }
  return Number(text)
}

const expired = (message: string, token?: string): ApiError =>
  new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: token ? { continue: token } : {},
    status: 'Failure',
    message,
    reason: 'Expired',
    code: 410,
  })

export const tooLargeRevision = (asked: number, current: number): ApiError =>
  failure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

function checkListQuery(query: ListQuery): void {
  const causes = []
  const { resourceVersion, resourceVersionMatch: match } = query
  if (match) {
    if (!resourceVersion) {
      causes.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      )
    }
    if (query.continue) {
      causes.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(unsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && resourceVersion === '0') {
      causes.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      )
    }
  }
  if (query.sendInitialEvents) {
    causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  if (causes.length) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
}

/** The objects of a snapshot, and the revision that the answer names. */
function snapshot(api: Api, collection: Collection, target: Target, query: ListQuery, token: Token | undefined) {
  const current = api.store.revision
  const namespace = target.namespace || undefined
  if (token) {
    if (token.revision < 0) return { items: collection.items(namespace), revision: current }
    const items = token.revision <= current ? collection.itemsAt(token.revision, namespace) : undefined
    if (items) return { items, revision: token.revision }
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      encodeToken({ revision: -1, start: token.start }),
    )
  }
  const asked = query.resourceVersion ? revisionNumber(query.resourceVersion) : 0
  if (asked > current) throw tooLargeRevision(asked, current)
  const exact = query.resourceVersionMatch === 'Exact' || (!query.resourceVersionMatch && asked > 0 && query.limit > 0)
  if (!exact) return { items: collection.items(namespace), revision: current }
  const items = collection.itemsAt(asked, namespace)
  if (!items) throw expired('The resourceVersion for the provided list is too old.')
  return { items, revision: asked }
}

export async function list(api: Api, target: Target, query: ListQuery): Promise<Page> {
  checkListQuery(query)
  if (query.continue && query.resourceVersion && query.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  const wanted = selection(target, query.labelSelector, query.fieldSelector)
  const pending = api.store.settled()
  if (pending) await pending.catch(() => {})
  const { served } = target
  const collection = api.collection(served.type)
  if (query.continue) {
    const token = decodeToken(query.continue)
    const { items, revision } = snapshot(api, collection, target, query, token)
    return page(served, items, wanted, query, revision, token.start)
  }
  const { name } = wanted.fields ?? {}
  if (name && target.namespace && !query.resourceVersion && !query.limit) {
    const only = collection.get(target.namespace, name)
    return page(served, only ? [only] : [], wanted, query, api.store.revision, '')
  }
  const { items, revision } = snapshot(api, collection, target, query, undefined)
  return page(served, items, wanted, query, revision, '')
}

function page(
  served: Target['served'],
  all: readonly Stored[],
  wanted: Selection,
  query: ListQuery,
  revision: number,
  start: string,
): Page {
  const rest = start ? all.filter(s => keyOf(s.object) > start) : all
  const selecting = wanted.labels !== undefined || wanted.fields !== undefined
  const views = served.convert ? rest.map(s => viewOf(served, s)) : rest
  const matching = selecting ? views.filter(v => selects(wanted, v.object)) : views
  // `0` means any state will do, and upstream serves it from the watch cache, which knows no pages.
  const limit = query.resourceVersion === '0' && !query.continue ? 0 : query.limit
  if (!limit || matching.length <= limit) return { items: matching, revision, continue: '', remaining: undefined }
  const items = matching.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    revision,
    continue: last ? encodeToken({ revision, start: keyOf(last.object) }) : '',
    remaining: selecting ? undefined : matching.length - limit,
  }
}
