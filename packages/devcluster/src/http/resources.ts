/** Requests for resources: from a parsed path to the verb that answers it, and from what that returns to bytes. */
import type { KubeObject, Status } from '@sluice/api'
import { schemaOf } from '@sluice/api/builtin'
import { review } from '../access/reviews.ts'
import { requestToken } from '../access/token-request.ts'
import { badRequest, failure, notFound } from '../api-error.ts'
import { jsonPatch, mergePatch, strategicMerge } from '../merge/index.ts'
import { admitConnection } from '../requests/connect.ts'
import { create } from '../requests/create.ts'
import { decodedBody } from '../requests/decode.ts'
import { finalize } from '../requests/finalize.ts'
import { bind, evict } from '../requests/pod-subresources.ts'
import { get, list, selection, selects } from '../requests/read.ts'
import { deletedStatus, deleteOptions, remove } from '../requests/remove.ts'
import type { Answer, Caller, PatchType, Target } from '../requests/request.ts'
import { getScale, writeScale } from '../requests/scale.ts'
import { apply, patch, update } from '../requests/update.ts'
import { viewOf } from '../requests/views.ts'
import type { Stored } from '../store/stored.ts'
import { partialMetadata } from '../tables/partial-metadata.ts'
import { scaleTable, tableOf } from '../tables/table.ts'
import { patchTypeOf, readObject, readPatch } from './body.ts'
import type { Call } from './handler.ts'
import { listBody, listMetadata } from './list-body.ts'
import { type Form, negotiated } from './negotiate.ts'
import { notFoundPage, unknownResource } from './paths.ts'
import { answerPodLog } from './pod-log-answer.ts'
import { deleteQuery, listQuery, watchQuery, writeQuery } from './query.ts'
import { sendJson, sendValue } from './respond.ts'
import { WatchStream } from './watch-stream.ts'

function callerOf(call: Call): Caller {
  const agent = call.req.headers['user-agent'] ?? ''
  return {
    user: call.user,
    defaultManager: agent.split('/')[0] || 'unknown',
    warnings: call.exchange.warnings,
    get duplicates() {
      return call.duplicates
    },
  }
}

/** Undefined when the path was answered with 404 already. */
function targetOf(call: Call): Target | undefined {
  const { info, server } = call
  const { registry } = server.api
  const served = registry.byPath(info.apiVersion, info.resource)
  if (!served) {
    if (registry.hasGroupVersion(info.apiVersion) && !isCustomGroup(call)) throw unknownResource()
    notFoundPage(call)
    return undefined
  }
  const { type } = served
  const namespace = type.namespaced ? info.namespace : ''
  const single = info.verb !== 'list' && info.verb !== 'watch' && info.verb !== 'deletecollection'
  if (type.namespaced ? single && !namespace && !type.virtual : info.namespace && type.resource !== 'namespaces') {
    throw unknownResource()
  }
  const subresource = info.subresource
  if (subresource && !served.subresources.has(subresource)) {
    if (type.custom) throw notFound(type, info.name)
    throw unknownResource()
  }
  if (served.deprecation) call.exchange.warnings.push(served.deprecation)
  return { served, namespace, name: info.name, subresource }
}

function isCustomGroup(call: Call): boolean {
  for (const type of call.server.api.registry.types) if (type.group === call.info.group) return type.custom
  return false
}

function checkVerb(call: Call, target: Target): void {
  const { served, subresource } = target
  const { verb } = call.info
  const verbs = subresource ? (served.subresources.get(subresource)?.verbs ?? []) : served.verbs
  if (verbs.includes(verb)) return
  if (served.type.custom) {
    const { group, resource } = served.type
    throw failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${resource}.${group}"`, {
      group,
      kind: resource,
    })
  }
  throw failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

export async function serveResource(call: Call): Promise<void> {
  const target = targetOf(call)
  if (!target) return
  checkVerb(call, target)
  const form = negotiated(call.accept, target.served.type.custom)
  switch (call.info.verb) {
    case 'get':
      return serveGet(call, target, form)
    case 'list':
      return serveList(call, target, form)
    case 'watch':
      return serveWatch(call, target, form)
    case 'create':
      return serveCreate(call, target, form)
    case 'update':
      return serveUpdate(call, target, form)
    case 'patch':
      return servePatch(call, target, form)
    case 'delete':
      return serveDelete(call, target, form)
    case 'deletecollection':
      return serveDeleteCollection(call, target, form)
    default:
      throw failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
  }
}

/** One object in the form asked for; `stored` when its bytes are at hand. */
function sendObject(call: Call, target: Target, code: number, object: KubeObject, form: Form, stored?: Stored): void {
  const { exchange, query, server } = call
  if (form.as === 'Table') {
    const { resourceVersion } = object.metadata
    const metadata = resourceVersion ? { resourceVersion } : {}
    const table = tableOf(server.api, target.served, [object], metadata, form.version, query.get('includeObject'))
    sendValue(exchange, code, table, form)
    return
  }
  if (form.as === 'PartialObjectMetadata') {
    sendValue(exchange, code, partialMetadata(object, form.version), form)
    return
  }
  const pretty = form.pretty || wantsPretty(call)
  if (stored && form.media === 'json' && !pretty) sendJson(exchange, code, stored.bytes)
  else sendValue(exchange, code, object, { ...form, pretty })
}

function wantsPretty(call: Call): boolean {
  const pretty = call.query.get('pretty')
  if (pretty !== null) return pretty !== 'false' && pretty !== '0'
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(call.req.headers['user-agent'] ?? '')
}

function sendAnswer(call: Call, target: Target, answer: Answer, form: Form): void {
  const view = answer.stored && viewOf(target.served, answer.stored)
  sendObject(call, target, answer.code, view?.object ?? answer.object, form, view)
}

async function serveGet(call: Call, target: Target, form: Form): Promise<void> {
  if (target.subresource === 'scale') {
    const scale = getScale(call.server.api, target)
    if (form.as === 'Table')
      sendValue(call.exchange, 200, scaleTable(scale, call.server.api.clock(), form.version), form)
    else sendObject(call, target, 200, scale, form)
    return
  }
  if (target.subresource === 'log') {
    const { object } = await get(call.server.api, { ...target, subresource: '' })
    const { uid } = object.metadata
    const isThere = () => call.server.api.find('/pods', target.namespace, target.name)?.metadata.uid === uid
    await answerPodLog(call.exchange, object, call.query, call.server.logFolder, isThere)
    return
  }
  if (target.subresource && target.subresource !== 'status') {
    await get(call.server.api, target)
    throw badRequest(`pod ${target.name} does not have a host assigned`)
  }
  const view = await get(call.server.api, target)
  sendObject(call, target, 200, view.object, form, view)
}

async function serveList(call: Call, target: Target, form: Form): Promise<void> {
  const { exchange, server, query } = call
  const page = await list(server.api, target, listQuery(query))
  const { served } = target
  if (form.as === 'Table') {
    const objects = page.items.map(i => i.object)
    const table = tableOf(server.api, served, objects, listMetadata(page), form.version, query.get('includeObject'))
    sendValue(exchange, 200, table, form)
    return
  }
  if (form.as === 'PartialObjectMetadata') {
    throw failure(
      406,
      'NotAcceptable',
      `you requested PartialObjectMetadata, but the requested object is a list (${served.type.listKind})`,
    )
  }
  if (form.as) {
    const value = {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata: listMetadata(page),
      items: page.items.map(i => partialMetadata(i.object, form.version)),
    }
    sendValue(exchange, 200, value, form)
    return
  }
  const body = listBody(served, page)
  if (form.media === 'json' && !form.pretty && !wantsPretty(call)) sendJson(exchange, 200, body)
  else sendValue(exchange, 200, JSON.parse(body.toString()), { ...form, pretty: form.pretty || wantsPretty(call) })
}

async function serveWatch(call: Call, target: Target, form: Form): Promise<void> {
  const { server, exchange } = call
  const stream = new WatchStream(server.api, exchange, target, watchQuery(call.query), form, () =>
    server.watches.delete(stream),
  )
  server.watches.add(stream)
  try {
    await stream.start()
  } catch (error) {
    server.watches.delete(stream)
    throw error
  }
}

function bodyOf(call: Call, target: Target): unknown {
  const { served, subresource } = target
  const sub = subresource ? served.subresources.get(subresource) : undefined
  const apiVersion = sub ? (sub.group ? `${sub.group}/${sub.version}` : sub.version) : served.apiVersion
  return readObject(
    call.body,
    call.req.headers['content-type'],
    {
      apiVersion,
      kind: sub?.kind ?? served.kind,
      custom: served.type.custom,
    },
    call,
  )
}

/** Subresources that stream: what comes with the request is no object. */
const withoutBody = new Set(['exec', 'attach', 'portforward', 'proxy'])

async function serveCreate(call: Call, target: Target, form: Form): Promise<void> {
  const { server, query } = call
  const { api } = server
  const caller = callerOf(call)
  const options = writeQuery(query, 'CreateOptions')
  if (target.subresource) {
    const body = withoutBody.has(target.subresource) ? undefined : bodyOf(call, target)
    sendValue(call.exchange, 201, await postSubresource(call, target, caller, body), form)
    return
  }
  const body = bodyOf(call, target)
  if (target.served.type.virtual) {
    if (target.served.type.resource === 'bindings') {
      const name = String(Object(Object(body).metadata).name ?? '')
      const pods = api.registry.byPath('v1', 'pods')
      if (!pods) throw unknownResource()
      sendValue(call.exchange, 201, await bind(api, { ...target, served: pods, name }, body, options), form)
      return
    }
    const object = decodedBody(target.served, body, options, caller)
    sendValue(
      call.exchange,
      201,
      review(api, caller, target, object, options.fieldManager || caller.defaultManager),
      form,
    )
    return
  }
  sendAnswer(call, target, await create(api, caller, target, body, options), form)
}

async function postSubresource(
  call: Call,
  target: Target,
  caller: Caller,
  body: unknown,
): Promise<KubeObject | Status> {
  const { api } = call.server
  const options = writeQuery(call.query, 'CreateOptions')
  switch (target.subresource) {
    case 'token':
      return requestToken(api, target, body, caller)
    case 'eviction':
      return evict(api, caller, target, body, options)
    case 'binding':
      return bind(api, target, body, options)
    default: {
      await admitConnection(api, caller, target)
      throw badRequest(`pod ${target.name} does not have a host assigned`)
    }
  }
}

async function serveUpdate(call: Call, target: Target, form: Form): Promise<void> {
  const { api } = call.server
  const caller = callerOf(call)
  const options = writeQuery(call.query, 'UpdateOptions')
  if (target.subresource === 'scale') {
    const body = bodyOf(call, target)
    sendValue(call.exchange, 200, (await writeScale(api, caller, target, options, () => body)).object, form)
    return
  }
  const body = bodyOf(call, target)
  if (target.subresource === 'finalize') {
    sendAnswer(call, target, await finalize(api, target, body, options), form)
    return
  }
  sendAnswer(call, target, await update(api, caller, target, body, options), form)
}

type Change = (live: unknown) => unknown

function changeOf(type: PatchType, target: Target, body: unknown, schema = target.served.schema): Change {
  switch (type) {
    case 'json':
      return live => jsonPatch(live, body)
    case 'strategic':
      return live => strategicMerge(schema, live, body)
    default:
      return live => mergePatch(live, body)
  }
}

async function servePatch(call: Call, target: Target, form: Form): Promise<void> {
  const { api } = call.server
  const caller = callerOf(call)
  const type = patchTypeOf(call.req.headers['content-type'], target.served.type.custom)
  const options = writeQuery(call.query, 'PatchOptions', type === 'apply')
  const body = readPatch(call.body, type)
  if (target.subresource === 'scale') {
    const schema = schemaOf('autoscaling/v1', 'Scale')
    const change = changeOf(type === 'apply' ? 'merge' : type, target, body, schema)
    sendValue(call.exchange, 200, (await writeScale(api, caller, target, options, change)).object, form)
    return
  }
  if (type === 'apply') {
    sendAnswer(call, target, await apply(api, caller, target, body, options), form)
    return
  }
  sendAnswer(call, target, await patch(api, caller, target, options, changeOf(type, target, body)), form)
}

function optionsOf(call: Call) {
  const fromQuery = deleteQuery(call.query)
  if (call.body.length === 0) return deleteOptions(fromQuery)
  const body = readObject(call.body, call.req.headers['content-type'], {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'DeleteOptions',
    custom: false,
  })
  return deleteOptions({ ...fromQuery, ...Object(body) })
}

async function serveDelete(call: Call, target: Target, form: Form): Promise<void> {
  const { api } = call.server
  const options = optionsOf(call)
  const removal = await remove(api, callerOf(call), target, options)
  const { strategy } = target.served.type
  if (removal.gone && !strategy.returnsDeleted) {
    sendValue(
      call.exchange,
      200,
      deletedStatus(target, removal.object),
      form.as ? ({ ...form, as: undefined } as Form) : form,
    )
    return
  }
  const code = !removal.gone && options.orphanDependents === false ? 202 : 200
  const view = viewOf(target.served, removal.stored)
  sendObject(call, target, code, view.object, form, view)
}

async function serveDeleteCollection(call: Call, target: Target, form: Form): Promise<void> {
  const { api } = call.server
  const options = optionsOf(call)
  const query = listQuery(call.query)
  const wanted = selection(target, query.labelSelector, query.fieldSelector)
  const page = await list(api, target, { ...query, sendInitialEvents: false })
  const caller = callerOf(call)
  const removals = page.items
    .filter(item => selects(wanted, item.object))
    .map(({ object: { metadata } }) =>
      remove(api, caller, { ...target, namespace: metadata.namespace ?? '', name: metadata.name }, options).catch(
        ignoreMissing,
      ),
    )
  await Promise.all(removals)
  const body = listBody(target.served, {
    items: page.items,
    revision: api.store.revision,
    continue: '',
    remaining: undefined,
  })
  sendValue(call.exchange, 200, JSON.parse(body.toString()), form)
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 404) return undefined
  throw error
}
