/**
 * From what a client sent to an object the server works with: kind and version checked, unknown fields dropped (or refused, or
 * warned of, as `fieldValidation` asks), defaults filled in. Built-in and custom kinds differ in how, not in what comes out.
 */
import type { KubeObject } from '@sluice/api'
import { badRequest, quoted, unclassified } from '../api-error.ts'
import { DecodeError, decodeJson } from '../go-types/decode-json.ts'
import { goStruct, goStructOf } from '../go-types/go-struct.ts'
import type { ServedVersion } from '../resources/resource-type.ts'
import { applyDefaults, prune } from '../schema/index.ts'
import { type Caller, isRecord, type WriteQuery } from './request.ts'

/** Refuses what is not of the endpoint's kind; fills in what the endpoint implies. */
export function checkKind(served: ServedVersion, value: Record<string, unknown>): void {
  const { apiVersion, kind } = served
  if (served.type.custom) {
    if (typeof value.kind !== 'string' || !value.kind) {
      throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(value)}'`)
    }
    if (typeof value.apiVersion !== 'string' || !value.apiVersion) {
      throw badRequest(`Object 'apiVersion' is missing in '${JSON.stringify(value)}'`)
    }
  }
  value.kind ??= kind
  value.apiVersion ??= apiVersion
  if (value.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${value.apiVersion}) does not match the expected API version (${apiVersion})`,
    )
  }
  if (value.kind !== kind) {
    tryDecode(served, value)
    throw badRequest(
      `${value.kind} in version ${quoted(served.version)} cannot be handled as a ${kind}: converting (${served.version}.${value.kind}) to (${internalPackage(served)}.${kind}): unknown conversion`,
    )
  }
}

/** The Go package of a group's internal types, as conversion errors name it. */
const internalPackage = ({ type }: ServedVersion) => type.group.split('.')[0] || 'core'

/** A body of another built-in kind is read as that kind before it is refused: its own errors come first. */
function tryDecode(served: ServedVersion, value: Record<string, unknown>): void {
  const struct = goStructOf(served.apiVersion, String(value.kind))
  if (!struct || served.type.custom) return
  try {
    decodeJson(struct, value)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(
      `${value.kind} in version ${quoted(served.version)} cannot be handled as a ${served.kind}: ${error.message}`,
    )
  }
}

/** What decoding found besides the object. `prefix` is for findings inside a patch. */
export function reportUnknown(
  served: ServedVersion,
  unknown: readonly string[],
  query: WriteQuery,
  caller: Caller,
  refuse: (text: string) => Error = text =>
    badRequest(
      `${served.kind} in version ${quoted(served.version)} cannot be handled as a ${served.kind}: strict decoding error: ${text}`,
    ),
): void {
  const { duplicates = [] } = caller
  if ((unknown.length === 0 && duplicates.length === 0) || query.fieldValidation === 'Ignore') return
  const texts = [
    ...duplicates.map(path => `duplicate field ${quoted(path)}`),
    ...unknown.map(path => `unknown field ${quoted(path)}`),
  ]
  if (query.fieldValidation === 'Strict') throw refuse(texts.join(', '))
  for (const text of texts) if (!caller.warnings.includes(text)) caller.warnings.push(text)
}

/** Drops unknown fields, checks types, fills defaults in. The value is the caller's own and may be changed. */
export function decoded(
  served: ServedVersion,
  value: Record<string, unknown>,
): { object: KubeObject; unknown: string[] } {
  return served.type.custom ? decodedCustom(served, value) : decodedBuiltin(served, value)
}

function decodedBuiltin(
  served: ServedVersion,
  value: Record<string, unknown>,
): { object: KubeObject; unknown: string[] } {
  const { kind, apiVersion, type } = served
  const struct = goStructOf(apiVersion, kind)
  try {
    const { value: out, unknown } = struct ? decodeJson(struct, value) : { value, unknown: [] }
    const { metadata, ...rest } = out
    const object: KubeObject = {
      ...rest,
      kind,
      apiVersion,
      metadata: { name: '', ...(isRecord(metadata) ? metadata : {}) },
    }
    type.strategy.defaults?.(object)
    return { object, unknown }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${kind} in version ${quoted(served.version)} cannot be handled as a ${kind}: ${error.message}`)
  }
}

function decodedCustom(
  served: ServedVersion,
  value: Record<string, unknown>,
): { object: KubeObject; unknown: string[] } {
  const { schema, kind, apiVersion } = served
  const { metadata, kind: _kind, apiVersion: _apiVersion, ...rest } = value
  const unknown: string[] = []
  let meta: unknown = metadata ?? {}
  if (!isRecord(meta)) throw badRequest(`metadata must be an object, not ${JSON.stringify(meta)}`)
  try {
    const decodedMeta = decodeJson(goStruct('meta/v1.ObjectMeta'), meta)
    meta = decodedMeta.value
    unknown.push(...decodedMeta.unknown.map(path => `metadata.${path}`))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${kind} in version ${quoted(served.version)} cannot be handled as a ${kind}: ${error.message}`)
  }
  if (schema) {
    unknown.unshift(...prune(schema, rest))
    applyDefaults(schema, rest)
  }
  const object: KubeObject = { kind, apiVersion, metadata: { name: '', ...(isRecord(meta) ? meta : {}) }, ...rest }
  return { object, unknown }
}

/** The body of POST and PUT as an object. Throws 400. */
export function decodedBody(served: ServedVersion, body: unknown, query: WriteQuery, caller: Caller): KubeObject {
  if (!isRecord(body)) {
    const text = body === undefined ? '<empty>' : JSON.stringify(body)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${served.kind}): couldn't get version/kind; json parse error: unexpected value ${text}`,
    )
  }
  checkKind(served, body)
  const { object, unknown } = decoded(served, body)
  reportUnknown(served, unknown, query, caller)
  return object
}

/** Only for a create: the server gives the version. */
export function refuseResourceVersion(object: KubeObject): void {
  if (object.metadata.resourceVersion) {
    throw unclassified('resourceVersion should not be set on objects to be created')
  }
}
