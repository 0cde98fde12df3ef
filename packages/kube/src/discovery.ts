import { parseApiVersion } from '@sluice/api'
import { ApiError } from './api-error.ts'
import type { Tagged, Transport } from './transport.ts'

/**
 * Which resource serves a kind, from the API server's aggregated discovery (Kubernetes 1.27 and newer), asked once and
 * again only for a kind that is not known (a definition that was just created).
 */
export interface ResourceInfo {
  group: string
  version: string
  /** Plural name in URLs: `deployments`. */
  resource: string
  kind: string
  singular: string
  namespaced: boolean
  verbs: string[]
  shortNames: string[]
  categories: string[]
  subresources: string[]
}

/** The server serves no such kind. Flux shows this text in conditions. */
export class NoMatchError extends Error {
  override name = 'NoMatchError'
  constructor(kind: string, apiVersion: string) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`)
  }
}

interface DiscoveryList {
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      resources?: {
        resource: string
        responseKind?: { group?: string; version?: string; kind: string }
        scope: 'Namespaced' | 'Cluster'
        singularResource?: string
        verbs?: string[]
        shortNames?: string[]
        categories?: string[]
        subresources?: { subresource: string }[]
      }[]
    }[]
  }[]
}

const PATHS = ['/api', '/apis'] as const
const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
/** A miss asks the server again, but not more often than this, in milliseconds. */
const REFRESH_AFTER = 500

export class Discovery {
  readonly #transport: Transport
  #byKind = new Map<string, ResourceInfo>()
  #all: ResourceInfo[] = []
  /** The server's documents as we last had them: it sends them again only when they have changed. */
  readonly #documents = new Map<string, Tagged<DiscoveryList>>()
  #loading: Promise<void> | undefined
  #next: Promise<void> | undefined
  readonly #listeners = new Set<() => void>()
  #loadedAt = Number.NEGATIVE_INFINITY

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Throws {@link NoMatchError} when the server does not serve the kind. */
  async resourceFor(apiVersion: string, kind: string): Promise<ResourceInfo> {
    const key = `${apiVersion}/${kind}`
    let found = this.#byKind.get(key)
    if (!found && performance.now() - this.#loadedAt > REFRESH_AFTER) {
      await (this.#loading ?? this.refresh())
      found = this.#byKind.get(key)
    }
    if (!found) throw new NoMatchError(kind, apiVersion)
    return found
  }

  /** A resource that the caller knows without asking: who only lists it saves two requests. The server is asked once it is doubted. */
  assume(info: ResourceInfo): void {
    const key = `${apiVersionOf(info)}/${info.kind}`
    if (!this.#byKind.has(key)) this.#byKind.set(key, info)
  }

  /** A resource turned out not to be served: who asks for its kind next asks the server. */
  doubt(info: ResourceInfo): void {
    const key = `${apiVersionOf(info)}/${info.kind}`
    if (this.#byKind.get(key) === info) this.#byKind.delete(key)
  }

  /** All resources, preferred versions first, in the server's order. */
  async resources(): Promise<ResourceInfo[]> {
    if (this.#all.length === 0) await this.refresh()
    return this.#all
  }

  /** The resource a user means by a plural, singular, short name or kind, with or without `.group`. */
  async lookup(word: string): Promise<ResourceInfo | undefined> {
    const [name = '', ...rest] = word.toLowerCase().split('.')
    const group = rest.join('.')
    return (await this.resources()).find(
      r =>
        (!group || r.group === group) &&
        (r.resource === name || r.singular === name || r.kind.toLowerCase() === name || r.shortNames.includes(name)),
    )
  }

  /** Asks the server anew. An answer that is already under way may be older than what the caller has just done. */
  async refresh(): Promise<void> {
    if (!this.#loading) {
      this.#loading = this.#load().finally(() => {
        this.#loading = undefined
      })
      return this.#loading
    }
    this.#next ??= this.#loading
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.refresh()
      })
    return this.#next
  }

  /** `listener` is called whenever the server turned out to serve something else; the answer takes it off again. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #load(): Promise<void> {
    const answers = await Promise.all(PATHS.map(async path => [path, await this.#newDocument(path)] as const))
    // Remembered when all have come: of what was remembered alone the server would never tell again.
    let isNew = false
    for (const [path, document] of answers) {
      if (!document) continue
      this.#documents.set(path, document)
      isNew = true
    }
    if (isNew) {
      const all = PATHS.flatMap(path => resourcesIn(this.#documents.get(path)?.body ?? {}))
      if (all.length === 0) {
        this.#documents.clear()
        const message = `${this.#transport.server} serves no aggregated discovery: it must be Kubernetes 1.27 or newer`
        throw new ApiError(500, 'InternalError', message)
      }
      this.#all = all
    }
    this.#byKind = new Map(this.#all.map(r => [`${apiVersionOf(r)}/${r.kind}`, r]))
    this.#loadedAt = performance.now()
    if (isNew) for (const listener of [...this.#listeners]) listener()
  }

  /** Undefined when it is still the one we have. */
  #newDocument(path: string): Promise<Tagged<DiscoveryList> | undefined> {
    const request = { method: 'GET', path, accept: ACCEPT } as const
    return this.#transport.ifChanged<DiscoveryList>(request, this.#documents.get(path)?.etag)
  }
}

function resourcesIn(list: DiscoveryList): ResourceInfo[] {
  const found: ResourceInfo[] = []
  for (const group of list.items ?? []) {
    for (const version of group.versions ?? []) {
      for (const r of version.resources ?? []) {
        if (!r.responseKind?.kind) continue
        found.push({
          group: group.metadata?.name ?? '',
          version: version.version,
          resource: r.resource,
          kind: r.responseKind.kind,
          singular: r.singularResource ?? '',
          namespaced: r.scope === 'Namespaced',
          verbs: r.verbs ?? [],
          shortNames: r.shortNames ?? [],
          categories: r.categories ?? [],
          subresources: (r.subresources ?? []).map(s => s.subresource),
        })
      }
    }
  }
  return found
}

export function apiVersionOf(resource: { group: string; version: string }): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version
}

/** URL path of a resource's collection, or of one object in it. */
export function resourcePath(info: ResourceInfo, namespace?: string, name?: string, subresource?: string): string {
  const root = info.group ? `/apis/${info.group}/${info.version}` : `/api/${info.version}`
  const scope = info.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return (
    `${root}${scope}/${info.resource}` +
    (name === undefined ? '' : `/${encodeURIComponent(name)}`) +
    (subresource ? `/${subresource}` : '')
  )
}

/** Same group and kind, whatever the version. */
export function sameGroupKind(
  a: { apiVersion: string; kind: string },
  b: { apiVersion: string; kind: string },
): boolean {
  return a.kind === b.kind && parseApiVersion(a.apiVersion).group === parseApiVersion(b.apiVersion).group
}
