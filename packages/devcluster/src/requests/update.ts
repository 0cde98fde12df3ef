/**
 * PUT, PATCH and server-side apply: read what is there, compute what shall be, and finish both the same way. JavaScript runs
 * this without interruption up to the commit, so the read-modify-write loop of upstream has no races to retry.
 */
import type { KubeObject } from '@sluice/api'
import type { AdmissionRequest } from '../admission/admission-request.ts'
import { admitted, throughWebhooks } from '../admission/admit.ts'
import { hasWebhooks } from '../admission/webhooks.ts'
import { badRequest, conflict, failure, invalid, modified, notFound, quoted } from '../api-error.ts'
import type { KindStrategy, WriteContext } from '../kinds/strategy.ts'
import { applyServerSide, ConflictError, trackUpdate } from '../merge/index.ts'
import { validate } from '../schema/index.ts'
import type { Stored } from '../store/stored.ts'
import type { Api } from './api.ts'
import { createDecoded, store } from './create.ts'
import { decoded, decodedBody } from './decode.ts'
import { inOrder } from './member-order.ts'
import { metadataUpdateCauses } from './metadata-validation.ts'
import { type Answer, type Caller, copied, isRecord, sameJson, type Target, type WriteQuery } from './request.ts'
import { viewOf, viewOfUnstored } from './views.ts'

function checkIdentity(
  object: KubeObject,
  target: Target,
  wrongNamespace = (found: string) =>
    `the namespace of the object (${found}) does not match the namespace on the request (${target.namespace})`,
): void {
  const { metadata } = object
  if (metadata.name === '') metadata.name = target.name
  if (metadata.name !== target.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`)
  }
  if (!target.served.type.namespaced) {
    delete metadata.namespace
    return
  }
  metadata.namespace ||= target.namespace
  if (metadata.namespace !== target.namespace) {
    throw badRequest(wrongNamespace(metadata.namespace))
  }
}

/** Somebody else wrote the object while a webhook was asked about it. */
class LiveChanged extends Error {}

/** As often as the object changes under it. */
async function untilUnchanged(attempt: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof LiveChanged)) throw error
    }
  }
}

/** PUT of an object, or of its status. */
export const update = (api: Api, caller: Caller, target: Target, body: unknown, query: WriteQuery): Promise<Answer> =>
  untilUnchanged(() => updateOnce(api, caller, target, isRecord(body) ? { ...body } : body, query))

async function updateOnce(api: Api, caller: Caller, target: Target, body: unknown, query: WriteQuery): Promise<Answer> {
  const { served } = target
  const { type } = served
  const object = decodedBody(served, body, query, caller)
  checkIdentity(object, target)
  const stored = api.collection(type).get(target.namespace, target.name)
  if (!stored) {
    if (!type.strategy.createOnUpdate || target.subresource) throw notFound(type, target.name)
    if (object.metadata.uid) throw uidMismatch(target, object.metadata.uid)
    api.authorize(caller.user, { ...attributesOf(target), verb: 'create' })
    delete object.metadata.resourceVersion
    return createDecoded(api, caller, target, object, query, {})
  }
  checkUid(object, stored.object, target)
  return finish(api, caller, target, stored, object, query, 'update')
}

export const attributesOf = (target: Target) => ({
  group: target.served.type.group,
  resource: target.served.type.resource,
  namespace: target.namespace,
  name: target.name,
  ...(target.subresource ? { subresource: target.subresource } : {}),
})

const uidMismatch = (target: Target, uid: string) =>
  conflict(
    target.served.type,
    target.name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  )

type Change = (live: Record<string, unknown>) => unknown

/** PATCH in any form but apply; `change` makes the patched object from a copy of the live one. */
export const patch = (api: Api, caller: Caller, target: Target, query: WriteQuery, change: Change): Promise<Answer> =>
  untilUnchanged(() => patchOnce(api, caller, target, query, change))

async function patchOnce(api: Api, caller: Caller, target: Target, query: WriteQuery, change: Change): Promise<Answer> {
  const { served } = target
  const stored = api.collection(served.type).get(target.namespace, target.name)
  if (!stored) throw notFound(served.type, target.name)
  const patched = change(copied({ ...viewOf(served, stored).object }))
  if (!isRecord(patched)) throw undecodable(patched, 'cannot unmarshal into Go value')
  if (patched.kind !== served.kind || patched.apiVersion !== served.apiVersion) {
    throw badRequest(
      `the kind or API version of the object (${patched.apiVersion}, ${patched.kind}) does not match the endpoint (${served.apiVersion}, ${served.kind})`,
    )
  }
  let result: ReturnType<typeof decoded>
  try {
    result = decoded(served, patched)
  } catch (error) {
    throw undecodable(patched, error instanceof Error ? strippedDecodeText(error.message) : String(error))
  }
  const { object, unknown } = result
  reportPatchUnknown(unknown, patched, query, caller)
  checkIdentity(
    object,
    target,
    () => 'the namespace of the provided object does not match the namespace sent on the request',
  )
  return finish(api, caller, target, stored, object, query, 'update')
}

const strippedDecodeText = (text: string) => text.replace(/^\S+ in version "[^"]*" cannot be handled as a \S+: /, '')

const undecodable = (document: unknown, why: string) =>
  failure(422, 'Invalid', ` "" is invalid: patch: Invalid value: ${quoted(JSON.stringify(document))}: ${why}`, {
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${quoted(JSON.stringify(document))}: ${why}`,
        field: 'patch',
      },
    ],
  })

function reportPatchUnknown(unknown: string[], document: unknown, query: WriteQuery, caller: Caller): void {
  if (!unknown.length || query.fieldValidation === 'Ignore') return
  const texts = unknown.map(path => `unknown field ${quoted(path)}`)
  if (query.fieldValidation === 'Strict') {
    throw undecodable(document, `strict decoding error: ${texts.join(', ')}`)
  }
  for (const text of texts) if (!caller.warnings.includes(text)) caller.warnings.push(text)
}

/** Server-side apply of `applied`, which is what the client sent, parsed. */
export const apply = (api: Api, caller: Caller, target: Target, applied: unknown, query: WriteQuery): Promise<Answer> =>
  untilUnchanged(() => applyOnce(api, caller, target, applied, query))

async function applyOnce(
  api: Api,
  caller: Caller,
  target: Target,
  applied: unknown,
  query: WriteQuery,
): Promise<Answer> {
  const { served } = target
  const { type } = served
  const config = checkedApply(target, applied, query)
  const stored = api.collection(type).get(target.namespace, target.name)
  if (!stored && target.subresource) throw notFound(type, target.name)
  const live = stored ? viewOf(served, stored).object : undefined
  if (!live && config.metadata.uid) throw uidMismatch(target, config.metadata.uid)
  if (live && config.metadata.resourceVersion && config.metadata.resourceVersion !== live.metadata.resourceVersion) {
    throw modified(type, target.name)
  }
  const { resourceVersion: _, ...metadata } = config.metadata
  const object = merged(api, target, live, { ...config, metadata }, query)
  if (stored) return finish(api, caller, target, stored, object, query, 'apply')
  api.authorize(caller.user, { ...attributesOf(target), verb: 'create' })
  return createDecoded(api, caller, target, object, query, { managed: true })
}

function checkedApply(target: Target, applied: unknown, query: WriteQuery): KubeObject {
  const { served } = target
  const config = isRecord(applied) ? applied : {}
  const apiVersion = typeof config.apiVersion === 'string' ? config.apiVersion : ''
  const kind = typeof config.kind === 'string' ? config.kind : ''
  if (apiVersion !== served.apiVersion || kind !== served.kind) {
    const slash = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
    throw badRequest(`invalid object type: ${slash}, Kind=${kind}`)
  }
  const metadata = isRecord(config.metadata) ? config.metadata : {}
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  if (!query.fieldManager) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ])
  }
  const object: KubeObject = {
    ...config,
    apiVersion,
    kind,
    metadata: { name: target.name, ...metadata },
  }
  checkIdentity({ ...object, metadata: { ...object.metadata } }, target)
  return object
}

function merged(
  api: Api,
  target: Target,
  live: KubeObject | undefined,
  applied: KubeObject,
  query: WriteQuery,
): KubeObject {
  const { served } = target
  try {
    const result = applyServerSide({
      schema: served.schema,
      live,
      applied,
      manager: query.fieldManager,
      force: query.force ?? false,
      apiVersion: served.apiVersion,
      subresource: target.subresource,
      time: api.now(),
    })
    const { object } = decoded(served, result.object)
    if (served.type.namespaced) object.metadata.namespace ||= target.namespace
    return object
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    throw failure(409, 'Conflict', error.message, { causes: error.causes })
  }
}

/** Metadata that only the server writes stays what it is. */
function keepSystemMetadata(object: KubeObject, live: KubeObject): void {
  const from = live.metadata
  const to = object.metadata
  to.resourceVersion = from.resourceVersion
  to.uid ||= from.uid
  if (from.creationTimestamp) to.creationTimestamp = from.creationTimestamp
  for (const key of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (from[key] === undefined) delete to[key]
    else Object.assign(to, { [key]: from[key] })
  }
  if (from.generateName && !to.generateName) to.generateName = from.generateName
}

function checkPreconditions(object: KubeObject, live: KubeObject, target: Target): void {
  const { type } = target.served
  const { resourceVersion } = object.metadata
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw modified(type, target.name)
}

/** Only PUT takes the uid as a precondition; a patch that changes it is invalid. */
function checkUid(object: KubeObject, live: KubeObject, target: Target): void {
  const { type } = target.served
  const { uid } = object.metadata
  if (uid && uid !== live.metadata.uid) {
    const where = `/registry/${type.group ? `${type.group}/` : ''}${type.resource}/${target.namespace ? `${target.namespace}/` : ''}${target.name}`
    throw conflict(
      type,
      target.name,
      `StorageError: invalid object, Code: 4, Key: ${where}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    )
  }
}

/** A status write keeps everything else; a write of the object keeps the status. */
function keepOtherPart(object: KubeObject, live: KubeObject, target: Target): KubeObject {
  const { served, subresource } = target
  const { strategy } = served.type
  if (subresource === 'status') {
    const { metadata } = object
    const kept: KubeObject = {
      ...live,
      metadata: { ...live.metadata, ...statusMetadata(metadata, strategy.statusMetadata) },
    }
    if (metadata.managedFields) kept.metadata.managedFields = metadata.managedFields
    else delete kept.metadata.managedFields
    if (object.status === undefined) delete kept.status
    else kept.status = object.status
    return kept
  }
  if (served.subresources.has('status') && !subresource) {
    if (live.status === undefined) delete object.status
    else object.status = live.status
  }
  return object
}

/** What a write of the status takes of the metadata sent. */
function statusMetadata(
  sent: KubeObject['metadata'],
  allowed: KindStrategy['statusMetadata'],
): Partial<KubeObject['metadata']> {
  const { labels, annotations, finalizers, ownerReferences } = sent
  if (allowed === 'annotations') return { annotations }
  return allowed === true ? { labels, annotations, finalizers, ownerReferences } : {}
}

const withoutTimes = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    managedFields: object.metadata.managedFields?.map(({ time: _, ...entry }) => entry),
  },
})

/** From the new content to the answer. `how` says whether managed fields still have to be computed. */
async function finish(
  api: Api,
  caller: Caller,
  target: Target,
  stored: Stored,
  updated: KubeObject,
  query: WriteQuery,
  how: 'update' | 'apply',
): Promise<Answer> {
  const { served } = target
  const { type } = served
  const { strategy } = type
  const live = viewOf(served, stored).object
  if (strategy.needsResourceVersion && how === 'update' && !updated.metadata.resourceVersion) {
    throw invalid({ group: type.group, kind: type.resource }, target.name, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ])
  }
  checkPreconditions(updated, live, target)
  keepSystemMetadata(updated, live)
  const context: WriteContext = {
    api,
    user: caller.user,
    operation: 'UPDATE',
    subresource: target.subresource,
    dryRun: query.dryRun,
    warnings: caller.warnings,
  }
  let object = keepOtherPart(updated, live, target)
  if (how === 'update') {
    object = trackUpdate({
      schema: served.schema,
      live,
      updated: object,
      manager: query.fieldManager || caller.defaultManager,
      apiVersion: served.apiVersion,
      subresource: target.subresource,
      time: api.now(),
    })
  }
  strategy.prepareUpdate?.(object, live, context)
  if (target.subresource !== 'status' && strategy.generation?.(object, live)) {
    object.metadata = { ...object.metadata, generation: (live.metadata.generation ?? 0) + 1 }
  }
  strategy.admit?.(object, live, context)
  const request: AdmissionRequest = {
    operation: 'UPDATE',
    served,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    object,
    oldObject: live,
    user: caller.user,
    dryRun: query.dryRun,
    warnings: caller.warnings,
  }
  if (hasWebhooks(api)) object = await throughWebhooks(api, request, object)
  const causes = [
    ...metadataUpdateCauses(object, live, strategy.revalidatesMetadata ?? false),
    ...(type.custom && served.schema ? validate(served.schema, object, live) : []),
    ...(strategy.validate?.(object, live, context) ?? []),
  ]
  if (causes.length) throw invalid({ group: type.group, kind: served.kind }, target.name, causes)
  // A scale has been judged in its own shape.
  if (target.subresource !== 'scale') await admitted(api, { ...request, object })
  // Only webhooks make a write wait; what changed meanwhile makes it begin again.
  if (api.collection(type).get(target.namespace, target.name) !== stored) throw new LiveChanged()
  if (sameJson(withoutTimes(object), withoutTimes(live))) {
    await api.store.settled()
    return { code: 200, object: live, stored }
  }
  if (query.dryRun) return { code: 200, object: inOrder(served, viewOfUnstored(served, object)) }
  if (object.metadata.deletionTimestamp && goesNow(object, live, target)) {
    const { committed } = api.store.remove(api.collection(type), stored)
    await committed
    return { code: 200, object }
  }
  return { code: 200, ...(await store(api, target, object)) }
}

/** Whether this write took away the last thing that kept a deleted object. */
function goesNow(object: KubeObject, live: KubeObject, target: Target): boolean {
  const { strategy } = target.served.type
  const held = (o: KubeObject) => (o.metadata.finalizers?.length ?? 0) > 0 || (strategy.held?.(o) ?? false)
  return held(live) && !held(object) && !object.metadata.deletionGracePeriodSeconds
}
