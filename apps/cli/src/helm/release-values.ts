/** The values of a HelmRelease, of the cluster or of a file, as YAML: the work behind `sluice values helmrelease`. */
import { readFile } from 'node:fs/promises'
import {
  apiVersionOf,
  groups,
  type HelmRelease,
  helmRelease,
  type KubeObject,
  type ObjectRef,
  parseApiVersion,
} from '@sluice/api'
import { composeValues } from '@sluice/flux'
import { parseDocuments, stringify } from '@sluice/yaml'
import { type ClusterOptions, clientOf } from '../cluster/client-options.ts'

interface ReleaseValuesOptions extends ClusterOptions {
  file?: string
}

export async function releaseValues(name: string | undefined, options: ReleaseValuesOptions): Promise<string> {
  const { namespace, file } = options
  if (file === undefined) {
    const client = clientOf(options)
    const ref = { apiVersion: apiVersionOf(helmRelease), kind: helmRelease.kind, namespace, name: name ?? '' }
    return stringify(await composeValues(await client.get<HelmRelease>(ref), client))
  }
  const objects = await objectsOf(file)
  const release = releaseIn(objects, name, file)
  const inNamespace = release.metadata.namespace ?? namespace
  const find = async (ref: ObjectRef): Promise<KubeObject | undefined> =>
    objects.find(object => isMeant(object, ref, inNamespace)) ?? clientOf(options).find(ref)
  const located = { ...release, metadata: { ...release.metadata, namespace: inNamespace } }
  return stringify(await composeValues(located, { find }))
}

async function objectsOf(file: string): Promise<KubeObject[]> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')
  const values = parseDocuments(text).map(({ value }) => value)
  return values.filter(isObject).map(withData)
}

/** `stringData` as the API server stores it. */
function withData(object: KubeObject): KubeObject {
  const { stringData } = object as { stringData?: Record<string, string> }
  if (object.kind !== 'Secret' || !stringData) return object
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')])
  return { ...object, data: { ...(object.data as object), ...Object.fromEntries(encoded) } }
}

const isObject = (value: unknown): value is KubeObject => {
  if (typeof value !== 'object' || value === null) return false
  const { apiVersion, kind, metadata } = value as Record<string, unknown>
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata === 'object' && metadata !== null
}

function releaseIn(objects: readonly KubeObject[], name: string | undefined, file: string): HelmRelease {
  const isRelease = (object: KubeObject): object is KubeObject & HelmRelease =>
    object.kind === helmRelease.kind && parseApiVersion(object.apiVersion).group === groups.helm
  const found = objects.filter(isRelease).filter(({ metadata }) => name === undefined || metadata.name === name)
  const [release, other] = found
  if (!release) throw new Error(`${file} has no HelmRelease${name === undefined ? '' : ` named ${name}`}`)
  if (other)
    throw new Error(`${file} has several HelmReleases: say which, ${found.map(r => r.metadata.name).join(', ')}`)
  return release
}

function isMeant({ apiVersion, kind, metadata }: KubeObject, ref: ObjectRef, inNamespace: string): boolean {
  const here = metadata.namespace ?? inNamespace
  return apiVersion === ref.apiVersion && kind === ref.kind && metadata.name === ref.name && here === ref.namespace
}
