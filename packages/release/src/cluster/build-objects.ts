/**
 * The text of manifests to objects that the cluster knows: parsed, lists taken apart, each with its resource and its
 * namespace. Follows the builder of kubectl as Helm uses it.
 */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { type KubeClient, NoMatchError, type ResourceInfo } from '@sluice/kube'
import { parseDocuments } from '@sluice/yaml'
import { ReleaseError } from '../action/release-error.ts'

export interface BuiltObject {
  object: KubeObject
  ref: ObjectRef
  info: ResourceInfo
}

export interface BuildOptions {
  client: KubeClient
  /** Of objects that name none. */
  namespace: string
  /** Documents without kind or version get the words of the validation. */
  validate: boolean
  /** What cannot be done when it fails: begins the message. */
  what?: string
}

/** Throws ReleaseError that names all objects at fault. */
export async function buildObjects(manifest: string, options: BuildOptions): Promise<BuiltObject[]> {
  const faults: string[] = []
  const built: BuiltObject[] = []
  for (const value of flattened(parsed(manifest, options))) {
    const fault = isObject(value) ? metadataFault(value) : shapeFault(value, options.validate)
    if (fault !== undefined) faults.push(fault)
    if (fault !== undefined || !isObject(value)) continue
    try {
      built.push(await builtObject(value, options))
    } catch (error) {
      if (!(error instanceof NoMatchError)) throw error
      const { name = '', namespace = '' } = value.metadata
      faults.push(
        `resource mapping not found for name: "${name}" namespace: "${namespace}" from "": ${error.message}\n` +
          'ensure CRDs are installed first',
      )
    }
  }
  if (faults.length > 0) {
    const text = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`
    throw new ReleaseError('build', `${begun(options)}${text}`)
  }
  return built
}

async function builtObject(value: KubeObject, { client, namespace }: BuildOptions): Promise<BuiltObject> {
  const { apiVersion, kind } = value
  const info = await resourceFor(client, apiVersion, kind)
  const scoped = info.namespaced && !value.metadata.namespace
  const object = scoped ? { ...value, metadata: { ...value.metadata, namespace } } : value
  const ref: ObjectRef = { apiVersion, kind, name: object.metadata.name ?? '' }
  if (info.namespaced) ref.namespace = object.metadata.namespace ?? namespace
  return { object, ref, info }
}

/** A kind that is not known may have come into being just now. */
async function resourceFor({ discovery }: KubeClient, apiVersion: string, kind: string): Promise<ResourceInfo> {
  try {
    return await discovery.resourceFor(apiVersion, kind)
  } catch (error) {
    if (!(error instanceof NoMatchError)) throw error
    await discovery.refresh()
    return discovery.resourceFor(apiVersion, kind)
  }
}

const begun = ({ what }: BuildOptions): string => (what === undefined ? '' : `${what}: `)

function parsed(manifest: string, options: BuildOptions): unknown[] {
  try {
    return parseDocuments(manifest, { duplicateKeys: 'last' }).map(({ value }) => value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ReleaseError('build', `${begun(options)}error parsing : ${reason}`, { cause: error })
  }
}

function flattened(values: readonly unknown[]): unknown[] {
  return values.flatMap(value => {
    if (typeof value !== 'object' || value === null || !('items' in value) || !('kind' in value)) return [value]
    const { kind, items } = value
    return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? flattened(items) : [value]
  })
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (!('apiVersion' in value) || !('kind' in value)) return false
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') return false
  if (!('metadata' in value)) Object.assign(value, { metadata: {} })
  return 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null
}

function shapeFault(value: unknown, validate: boolean): string {
  const table: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {}
  const missing = ['apiVersion', 'kind'].filter(key => typeof table[key] !== 'string' || table[key] === '')
  if (validate && missing.length > 0) {
    const listed = missing.map(key => `${key} not set`)
    const text = listed.length === 1 ? listed[0] : `[${listed.join(', ')}]`
    return `error validating "": error validating data: ${text}`
  }
  // The document itself may hold secrets: only what it lacks is told.
  return `unable to decode "": Object '${missing.includes('kind') ? 'Kind' : 'apiVersion'}' is missing`
}

/** What YAML reads as a number or a truth is no text to Go. */
function metadataFault({ metadata }: KubeObject): string | undefined {
  for (const key of ['name', 'namespace', 'labels', 'annotations'] as const) {
    const value: unknown = metadata[key]
    const texts: unknown[] = typeof value === 'object' && value !== null ? Object.values(value) : [value ?? '']
    const other = texts.find(text => typeof text !== 'string' && text !== null)
    if (other === undefined) continue
    const found = typeof other === 'boolean' ? 'bool' : Array.isArray(other) ? 'array' : typeof other
    return `unable to decode "": json: cannot unmarshal ${found} into Go struct field ObjectMeta.metadata.${key} of type string`
  }
  return undefined
}

/** How Helm names an object in its messages. */
export function objectText({ ref }: BuiltObject): string {
  return `${ref.kind} "${ref.name}" in namespace "${ref.namespace ?? ''}"`
}

/** Same version and kind, place and name. */
export function objectKey({ ref }: BuiltObject): string {
  return `${ref.apiVersion}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

/** Same kind in whatever version, place and name: versions of one kind are the same object. */
export function objectPlace({ ref, info }: BuiltObject): string {
  return `${info.group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

/** A kind with its version as Go prints it: `/v1, Kind=ConfigMap`, `apps/v1, Kind=Deployment`. */
export function kindText({ info }: BuiltObject): string {
  return `${info.group}/${info.version}, Kind=${info.kind}`
}

/** What Helm's log lines say of an object. */
export function logFacts(built: BuiltObject): { gvk: string; name: string; namespace: string } {
  return { gvk: kindText(built), name: built.ref.name, namespace: built.ref.namespace ?? '' }
}
