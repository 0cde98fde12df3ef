/**
 * POST, and every other way to make an object (apply and PUT of what does not exist end here too). The order of the steps is
 * the registry's of apiserver: system metadata, strategy, managed fields, admission, validation, existence, commit.
 */
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '@sluice/api'
import type { AdmissionRequest } from '../admission/admission-request.ts'
import { admitted, throughWebhooks } from '../admission/admit.ts'
import { checkQuota } from '../admission/resource-quota.ts'
import { hasWebhooks } from '../admission/webhooks.ts'
import {
  alreadyExists,
  badRequest,
  failure,
  forbidden,
  groupResource,
  invalid,
  notFound,
  quoted,
} from '../api-error.ts'
import type { WriteContext } from '../kinds/strategy.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { validate } from '../schema/index.ts'
import { type Api, randomSuffix } from './api.ts'
import { decodedBody, refuseResourceVersion } from './decode.ts'
import { inOrder } from './member-order.ts'
import { metadataCauses } from './metadata-validation.ts'
import type { Answer, Caller, Target, WriteQuery } from './request.ts'
import { tracked } from './tracked.ts'
import { viewOfUnstored } from './views.ts'

export function create(api: Api, caller: Caller, target: Target, body: unknown, query: WriteQuery): Promise<Answer> {
  const object = decodedBody(target.served, body, query, caller)
  refuseResourceVersion(object)
  return createDecoded(api, caller, target, object, query, {})
}

/** Refuses what would be new in a namespace that is missing or on its way out. */
function admitNamespace(api: Api, type: ResourceType, namespace: string, name: string): void {
  if (!type.namespaced) return
  const found = api.find('/namespaces', '', namespace)
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace)
  if (!found.metadata.deletionTimestamp) return
  throw forbidden(type, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ])
}

/** The body's namespace must be the path's. */
export function settleNamespace(object: KubeObject, target: Target): void {
  const { metadata } = object
  if (!target.served.type.namespaced) {
    delete metadata.namespace
    return
  }
  metadata.namespace ||= target.namespace
  if (metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
}

function stampMetadata(api: Api, object: KubeObject): void {
  const { metadata } = object
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.resourceVersion
  delete metadata.generation
  Reflect.deleteProperty(metadata, 'selfLink')
  metadata.uid = randomUUID()
  metadata.creationTimestamp = api.now()
}

const maxGeneratedBase = 58

function nameTaken(api: Api, target: Target, name: string): boolean {
  return api.collection(target.served.type).get(target.namespace, name) !== undefined
}

/** A free name for `generateName`; eight tries, as upstream. */
function generatedName(api: Api, target: Target, prefix: string): string {
  const base = prefix.slice(0, maxGeneratedBase)
  for (let attempt = 0; attempt < 8; attempt++) {
    const name = base + randomSuffix()
    if (!nameTaken(api, target, name)) return name
  }
  const { type } = target.served
  throw failure(
    409,
    'AlreadyExists',
    `${groupResource(type.group, type.resource)} ${quoted(prefix)} already exists, the server was not able to generate a unique name for the object`,
    { name: prefix, ...(type.group ? { group: type.group } : {}), kind: type.resource, retryAfterSeconds: 1 },
  )
}

export interface CreateMode {
  /** The object already carries its managed fields (server-side apply made it). */
  managed?: boolean
}

/** `object` is decoded and defaulted and belongs to this request. */
export async function createDecoded(
  api: Api,
  caller: Caller,
  target: Target,
  object: KubeObject,
  query: WriteQuery,
  mode: CreateMode,
): Promise<Answer> {
  const { served } = target
  const { type } = served
  const { strategy } = type
  settleNamespace(object, target)
  if (type.terminating) {
    throw failure(
      403,
      'Forbidden',
      `${groupResource(type.group, type.resource)} ${quoted(object.metadata.name)} is forbidden: create not allowed while custom resource definition is terminating`,
      { name: object.metadata.name, group: type.group, kind: type.resource },
    )
  }
  stampMetadata(api, object)
  if (!object.metadata.name && object.metadata.generateName) {
    object.metadata.name = generatedName(api, target, object.metadata.generateName)
  }
  const context: WriteContext = {
    api,
    user: caller.user,
    operation: 'CREATE',
    subresource: '',
    dryRun: query.dryRun,
    warnings: caller.warnings,
  }
  if (served.subresources.has('status') && (type.custom || !strategy.keepsStatus)) delete object.status
  if (type.custom || strategy.generation) object.metadata.generation = 1
  let made = mode.managed ? object : tracked(api, target, object, query.fieldManager || caller.defaultManager)
  strategy.prepareCreate?.(made, context)
  admitNamespace(api, type, target.namespace, made.metadata.name || (made.metadata.generateName ?? ''))
  strategy.admit?.(made, undefined, context)
  const request: AdmissionRequest = {
    operation: 'CREATE',
    served,
    subresource: '',
    namespace: target.namespace,
    name: made.metadata.name,
    object: made,
    oldObject: undefined,
    user: caller.user,
    dryRun: query.dryRun,
    warnings: caller.warnings,
  }
  if (hasWebhooks(api)) made = await throughWebhooks(api, request, made)
  const causes = [
    ...metadataCauses(made.metadata, strategy.name ?? 'subdomain'),
    ...(type.custom && served.schema ? validate(served.schema, made) : []),
    ...(strategy.validate?.(made, undefined, context) ?? []),
  ]
  if (causes.length) throw invalid({ group: type.group, kind: served.kind }, made.metadata.name, causes)
  await admitted(api, { ...request, object: made })
  const present = api.collection(type).get(target.namespace, made.metadata.name)
  if (present) {
    throw alreadyExists(type, made.metadata.name, present.object.metadata.deletionTimestamp !== undefined)
  }
  checkQuota(api, type, made)
  if (query.dryRun) return { code: 201, object: inOrder(target.served, viewOfUnstored(target.served, made)) }
  const stored = await store(api, target, made)
  return { code: 201, ...stored }
}

/** Commits an object at the version it came in, answering it at that version. */
export async function store(api: Api, target: Target, object: KubeObject): Promise<Pick<Answer, 'object' | 'stored'>> {
  const { served } = target
  const { type } = served
  const next = inOrder(served, served.convert ? served.convert.toStored(object) : object)
  const { stored, committed } = api.store.put(api.collection(type), next)
  await committed
  return { object: stored.object, stored }
}
