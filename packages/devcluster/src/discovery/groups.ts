/**
 * What the server says it serves: the legacy documents (`APIGroupList`, `APIResourceList`) and the aggregated one. Built from
 * the registry when it changed, kept as bytes with their ETag.
 */
import { createHash } from 'node:crypto'
import type { ResourceRegistry } from '../resources/resource-registry.ts'
import type { ResourceType, ServedVersion } from '../resources/resource-type.ts'

export interface Document {
  bytes: Buffer
  /** Upper-case hexadecimal SHA-512 of the bytes. */
  hash: string
}

export function documentOf(value: object): Document {
  return documentOfBytes(Buffer.from(`${JSON.stringify(value)}\n`))
}

export function documentOfBytes(bytes: Buffer): Document {
  return { bytes, hash: createHash('sha512').update(bytes).digest('hex').toUpperCase() }
}

/** Minimum priorities of the built-in groups; custom groups have 1000. Higher comes first. */
const groupPriority: Readonly<Record<string, number>> = {
  '': 18000,
  'apiregistration.k8s.io': 17900,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'admissionregistration.k8s.io': 16700,
  'apiextensions.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'resource.k8s.io': 16150,
  'flowcontrol.apiserver.k8s.io': 16100,
}

/** Kube-aware order: v2 before v1 before v1beta2 before v1alpha1 before anything else by name. */
export function compareVersions(a: string, b: string): number {
  const left = versionParts(a)
  const right = versionParts(b)
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0
  for (let i = 0; i < 3; i++) {
    const difference = (right[i] ?? 0) - (left[i] ?? 0)
    if (difference) return difference
  }
  return 0
}

function versionParts(version: string): [stability: number, major: number, minor: number] | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version)
  if (!match) return undefined
  const [, major, stage, minor] = match
  return [stage === 'alpha' ? 0 : stage === 'beta' ? 1 : 2, Number(major), Number(minor ?? 0)]
}

interface Group {
  name: string
  /** In order of preference. */
  versions: { version: string; resources: ServedVersion[] }[]
}

function groupsOf(registry: ResourceRegistry): Group[] {
  const groups = new Map<string, Map<string, ServedVersion[]>>()
  for (const type of registry.types) {
    for (const served of type.versions) {
      let versions = groups.get(type.group)
      if (!versions) {
        versions = new Map()
        groups.set(type.group, versions)
      }
      const list = versions.get(served.version)
      if (list) list.push(served)
      else versions.set(served.version, [served])
    }
  }
  const priority = (name: string) => groupPriority[name] ?? 1000
  return [...groups]
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, resources]) => ({
          version,
          resources: resources.sort((a, b) => (a.type.resource < b.type.resource ? -1 : 1)),
        })),
    }))
    .sort((a, b) => priority(b.name) - priority(a.name) || (a.name < b.name ? -1 : 1))
}

const apiVersionOf = (group: string, version: string) => (group ? `${group}/${version}` : version)

/** Names and verbs as discovery shows them; a resource whose definition is going can only be read and deleted. */
const verbsOf = (served: ServedVersion): readonly string[] =>
  served.type.terminating ? ['delete', 'deletecollection', 'get', 'list', 'watch'] : served.verbs

function storageHash(type: ResourceType): string {
  const hash = createHash('sha256').update(`${type.group}/${type.storage.version}/${type.kind}`).digest('base64')
  return `${hash.slice(0, 11)}=`
}

function resourceList(apiVersion: string, resources: readonly ServedVersion[]): object {
  return {
    kind: 'APIResourceList',
    ...(apiVersion.includes('/') ? { apiVersion: 'v1' } : {}),
    groupVersion: apiVersion,
    resources: resources.flatMap(served => {
      const { type } = served
      const main = {
        name: type.resource,
        singularName: type.singular,
        namespaced: type.namespaced,
        kind: served.kind,
        verbs: verbsOf(served),
        ...(type.shortNames.length ? { shortNames: type.shortNames } : {}),
        ...(type.categories.length ? { categories: type.categories } : {}),
        ...(type.virtual ? {} : { storageVersionHash: storageHash(type) }),
      }
      const subresources = [...served.subresources.values()].map(sub => ({
        name: `${type.resource}/${sub.name}`,
        singularName: '',
        namespaced: type.namespaced,
        ...(sub.group !== type.group || sub.version !== served.version
          ? { group: sub.group, version: sub.version }
          : {}),
        kind: sub.kind,
        verbs: sub.verbs,
      }))
      return [main, ...subresources]
    }),
  }
}

const groupObject = (group: Group, withKind: boolean) => {
  const versions = group.versions.map(({ version }) => ({ groupVersion: apiVersionOf(group.name, version), version }))
  return {
    ...(withKind ? { kind: 'APIGroup', apiVersion: 'v1' } : {}),
    name: group.name,
    versions,
    preferredVersion: versions[0],
  }
}

const aggregatedVersion = ({ version, resources }: Group['versions'][number]) => ({
  version,
  resources: resources.map(served => ({
    resource: served.type.resource,
    responseKind: {
      group: served.type.custom ? served.type.group : '',
      version: served.type.custom ? served.version : '',
      kind: served.kind,
    },
    scope: served.type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: served.type.singular,
    verbs: verbsOf(served),
    ...(served.type.shortNames.length ? { shortNames: served.type.shortNames } : {}),
    ...(served.type.categories.length ? { categories: served.type.categories } : {}),
    ...(served.subresources.size
      ? {
          subresources: [...served.subresources.values()].map(sub => ({
            subresource: sub.name,
            responseKind: {
              group: sub.group === served.type.group && !served.type.custom ? '' : sub.group,
              version: sub.version === served.version && !served.type.custom ? '' : sub.version,
              kind: sub.kind,
            },
            verbs: sub.verbs,
          })),
        }
      : {}),
  })),
  freshness: 'Current',
})

const aggregated = (groups: readonly Group[]) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groups.map(group => ({
    metadata: group.name ? { name: group.name, creationTimestamp: null } : { creationTimestamp: null },
    versions: group.versions.map(aggregatedVersion),
  })),
})

export class Discovery {
  readonly #registry: ResourceRegistry
  readonly #address: string
  #generation = -1
  #groups: Group[] = []
  #documents = new Map<string, Document | undefined>()

  /** `address` is `host:port`, as `/api` tells it. */
  constructor(registry: ResourceRegistry, address: string) {
    this.#registry = registry
    this.#address = address
  }

  /** The legacy document at a path (`/api`, `/apis/apps/v1`, ...), if there is one. */
  legacy(path: string): Document | undefined {
    return this.#document(path, () => this.#legacyValue(path))
  }

  /** The aggregated document of `/api` or `/apis`. */
  aggregated(path: '/api' | '/apis'): Document {
    const built = this.#document(`aggregated ${path}`, () =>
      aggregated(this.#groups.filter(g => (g.name === '') === (path === '/api'))),
    )
    return built ?? documentOf({})
  }

  /** `api/v1`, `apis/apps/v1`, ... */
  groupVersionPaths(): string[] {
    this.#refresh()
    return this.#groups.flatMap(g => g.versions.map(v => (g.name ? `apis/${g.name}/${v.version}` : `api/${v.version}`)))
  }

  #refresh(): void {
    if (this.#generation === this.#registry.generation) return
    this.#generation = this.#registry.generation
    this.#groups = groupsOf(this.#registry)
    this.#documents = new Map()
  }

  #document(key: string, build: () => object | undefined): Document | undefined {
    this.#refresh()
    if (!this.#documents.has(key)) {
      const value = build()
      this.#documents.set(key, value && documentOf(value))
    }
    return this.#documents.get(key)
  }

  #legacyValue(path: string): object | undefined {
    if (path === '/api') {
      return {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: this.#address }],
      }
    }
    if (path === '/apis') {
      const named = this.#groups.filter(g => g.name)
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(g => groupObject(g, false)) }
    }
    const [, prefix, group = '', version] = path.split('/')
    if (prefix === 'api') {
      const core = this.#groups.find(g => g.name === '')?.versions.find(v => v.version === group)
      return core && resourceList(group, core.resources)
    }
    const found = this.#groups.find(g => g.name === group)
    if (!found || prefix !== 'apis') return undefined
    if (version === undefined) return groupObject(found, true)
    const served = found.versions.find(v => v.version === version)
    return served && resourceList(`${group}/${version}`, served.resources)
  }
}
