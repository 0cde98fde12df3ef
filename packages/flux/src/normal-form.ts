import type { KubeObject } from '@sluice/api'
import { type Schema, schemaOf } from '@sluice/api/builtin'

/**
 * An object in the form in which Flux sends it to the API server (fluxcd/pkg/ssa `normalize`): unknown fields of
 * built-in kinds are dropped, defaults that merge keys need are filled in, Secret texts are encoded, status and
 * creation time are left out. The object given stays as it is; its metadata may be shared with the answer, one level
 * deep.
 */
export function normalForm(object: KubeObject): KubeObject {
  const { creationTimestamp: _, ...metadata } = object.metadata
  const result: KubeObject = { ...object, metadata }
  if (object.kind !== 'CustomResourceDefinition') delete result.status
  const schema = isTyped(object) ? schemaOf(object.apiVersion, object.kind) : undefined
  const known = (schema ? knownFields(schema, result) : result) as KubeObject
  if (schema) emptyStructs(known)
  if (known.apiVersion === 'v1' && known.kind === 'Secret') foldStringData(known)
  if (known.kind === 'Service' && known.apiVersion === 'v1') portProtocols(known.spec)
  else podSpecsOf(known).forEach(containerProtocols)
  return known
}

/** What Flux does not convert: RBAC never, and a Secret whose values are no base64 (it is encrypted) cannot be. */
function isTyped({ apiVersion, kind, data }: KubeObject): boolean {
  if (apiVersion.startsWith('rbac.authorization.k8s.io/')) return false
  if (kind !== 'Secret' || apiVersion !== 'v1') return true
  const values = typeof data === 'object' && data !== null ? Object.values(data) : []
  return values.every(value => value === null || (typeof value === 'string' && BASE64.test(value)))
}

const BASE64 = /^(?:[A-Za-z0-9+/\s]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\s*$/

/** Structs that Go writes although they are empty: to be the owner of exactly what Flux owns, we write them, too. */
function emptyStructs(object: KubeObject): void {
  const spec = asRecord(object.spec)
  if (object.kind === 'Service' && object.apiVersion === 'v1') {
    for (const port of asList(spec.ports)) port.targetPort ??= 0
    return
  }
  if (object.kind === 'Deployment') spec.strategy ??= {}
  if (object.kind === 'StatefulSet' || object.kind === 'DaemonSet') spec.updateStrategy ??= {}
  const jobTemplate = object.kind === 'CronJob' ? asRecord(spec.jobTemplate) : undefined
  if (jobTemplate) jobTemplate.metadata ??= {}
  const holder = jobTemplate ? asRecord(jobTemplate.spec) : spec
  const template = asRecord(holder.template)
  if (holder.template) template.metadata ??= {}
  for (const podSpec of podSpecsOf(object)) {
    const { containers, initContainers } = asRecord(podSpec)
    for (const container of [...asList(containers), ...asList(initContainers)]) container.resources ??= {}
  }
}

/**
 * Copies `value` without the fields its schema does not know. Types that do not fit are left for the server to refuse.
 */
function knownFields(schema: Schema | undefined, value: unknown): unknown {
  if (!schema || schema.preserveUnknownFields) return value
  if (Array.isArray(value)) return schema.items ? value.map(item => knownFields(schema.items, item)) : value
  if (typeof value !== 'object' || value === null) return value
  const { properties, additionalProperties } = schema
  if (!properties && !additionalProperties) return value
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined
  // A map may have any key, `__proto__` and `constructor` too.
  const fields = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const known = (properties && Object.hasOwn(properties, key) ? properties[key] : undefined) ?? others
    if (known) return [[key, knownFields(known, child)]]
    return additionalProperties ? [[key, child]] : []
  })
  return Object.fromEntries(fields)
}

function foldStringData(secret: KubeObject): void {
  const { stringData } = secret
  if (typeof stringData !== 'object' || stringData === null) return
  const encoded = Object.entries(stringData).map(([k, v]) => [k, Buffer.from(String(v)).toString('base64')])
  secret.data = { ...(secret.data as object | undefined), ...Object.fromEntries(encoded) }
  delete secret.stringData
}

function podSpecsOf(object: KubeObject): unknown[] {
  const spec = asRecord(object.spec)
  if (object.kind === 'Pod') return [spec]
  if (object.kind === 'CronJob') return [asRecord(asRecord(asRecord(spec.jobTemplate).spec).template).spec]
  return spec.template ? [asRecord(spec.template).spec] : []
}

function containerProtocols(podSpec: unknown): void {
  const { containers } = asRecord(podSpec)
  if (Array.isArray(containers)) for (const container of containers) portProtocols(container)
}

function portProtocols(holder: unknown): void {
  const { ports } = asRecord(holder)
  if (!Array.isArray(ports)) return
  for (const port of ports) if (asRecord(port) === port && port.protocol === undefined) port.protocol = 'TCP'
}

const asList = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(item => asRecord(item) === item) : []

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
