/** What a pod takes from ConfigMaps and Secrets: values of environment variables, and files of volumes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { KubeObject } from '@sluice/api'
import type { LocalClient } from '../local-client.ts'
import type { Container, EnvVar, Pod } from '../workloads/kinds.ts'
import { amount } from '../workloads/quantity.ts'

export type SourceKind = 'ConfigMap' | 'Secret'

/** Keys and values, or undefined when there is no such object. */
export type Sources = (kind: SourceKind, name: string) => Promise<Map<string, Buffer> | undefined>

export function sourcesOf(client: LocalClient, namespace: string): Sources {
  const known = new Map<string, Promise<Map<string, Buffer> | undefined>>()
  return (kind, name) => {
    const key = `${kind}/${name}`
    let found = known.get(key)
    if (found === undefined) {
      found = client.get({ apiVersion: 'v1', kind, namespace, name }).then(object => object && contentOf(object))
      known.set(key, found)
    }
    return found
  }
}

function contentOf(object: KubeObject): Map<string, Buffer> {
  const out = new Map<string, Buffer>()
  const encoding = object.kind === 'Secret' ? 'base64' : 'utf8'
  for (const [key, value] of Object.entries(Object(object.data))) out.set(key, Buffer.from(String(value), encoding))
  for (const [key, value] of Object.entries(Object(object.binaryData)))
    out.set(key, Buffer.from(String(value), 'base64'))
  return out
}

const missing = (kind: SourceKind, name: string) => new Error(`${kind.toLowerCase()} "${name}" not found`)

/** @throws Error that says what is missing; the pod is started again later */
export async function environmentOf(pod: Pod, container: Container, sources: Sources): Promise<Record<string, string>> {
  const out: Record<string, string> = {}
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const [kind, name] = configMapRef
      ? (['ConfigMap', configMapRef.name] as const)
      : (['Secret', secretRef?.name ?? ''] as const)
    const content = await sources(kind, name)
    if (content === undefined && (configMapRef ?? secretRef)?.optional !== true) throw missing(kind, name)
    for (const [key, value] of content ?? []) out[prefix + key] = value.toString()
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(pod, variable, sources)
    if (value !== undefined) out[variable.name] = expanded(value, out)
  }
  return out
}

/** `$(NAME)` refers to what was set before. */
export const expanded = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$\(|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$(' : (variables[name] ?? whole),
  )

async function variableValue(
  pod: Pod,
  { name, value, valueFrom }: EnvVar,
  sources: Sources,
): Promise<string | undefined> {
  if (valueFrom === undefined) return value ?? ''
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef !== undefined) return fieldOf(pod, fieldRef.fieldPath)
  if (resourceFieldRef !== undefined) return memoryOf(pod, resourceFieldRef, name)
  const ref = configMapKeyRef ?? secretKeyRef
  if (ref === undefined)
    throw new Error(
      `environment variable ${name}: this node only knows fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef`,
    )
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret'
  const content = await sources(kind, ref.name)
  const found = content?.get(ref.key)
  if (found !== undefined || ref.optional === true) return found?.toString()
  throw content === undefined
    ? missing(kind, ref.name)
    : new Error(`couldn't find key ${ref.key} in ${kind} ${ref.name}`)
}

/** Bytes of a container's memory; what has no limit has the node's. */
function memoryOf(pod: Pod, ref: { containerName?: string; resource: string }, variable: string): string {
  const { containers } = pod.spec
  const container = containers.find(one => one.name === ref.containerName) ?? containers[0]
  const [part, resource] = ref.resource.split('.')
  if (resource !== 'memory' || (part !== 'limits' && part !== 'requests'))
    throw new Error(`environment variable ${variable}: this node only knows limits.memory and requests.memory`)
  const asked = container?.resources?.[part]?.memory
  return String(Math.ceil(asked === undefined ? totalmem() : amount(asked)))
}

function fieldOf(pod: Pod, path: string): string {
  const { metadata, spec, status } = pod
  const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (key !== null) return metadata[key[1] === 'labels' ? 'labels' : 'annotations']?.[key[2] ?? ''] ?? ''
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec.serviceAccountName,
    'status.hostIP': '127.0.0.1',
    'status.podIP': status?.podIP ?? '127.0.0.1',
  }
  if (!(path in fields)) throw new Error(`field ${path} is not known to this node`)
  return fields[path] ?? ''
}

/** Writes the files of the pod's ConfigMap and Secret volumes below `root`, one directory a volume; others are empty directories. */
export async function writeVolumes(pod: Pod, root: string, sources: Sources): Promise<void> {
  for (const { name, configMap, secret } of pod.spec.volumes ?? []) {
    const directory = join(root, name)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const kind = configMap ? 'ConfigMap' : secret ? 'Secret' : undefined
    if (kind === undefined) continue
    const source = configMap?.name ?? secret?.secretName ?? ''
    const content = await sources(kind, source)
    const { items, optional } = configMap ?? secret ?? {}
    if (content === undefined) {
      if (optional === true) continue
      throw missing(kind, source)
    }
    const files = items?.map(({ key, path }) => [path, content.get(key)] as const) ?? [...content]
    for (const [path, bytes] of files) {
      if (bytes === undefined) continue
      const file = join(directory, path)
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(file, bytes, { mode: 0o600 })
    }
  }
}
