/**
 * All resources the server serves now: looked up by path, by kind, and listed for discovery. Custom definitions come and go at
 * run time; who caches what is derived from here compares `generation`.
 */
import type { ResourceType, ServedVersion } from './resource-type.ts'

export class ResourceRegistry {
  readonly #byPath = new Map<string, ServedVersion>()
  readonly #byKind = new Map<string, ServedVersion>()
  readonly #types = new Map<string, ResourceType>()
  readonly #groupVersions = new Set<string>()
  readonly listeners = new Set<(type: ResourceType, present: boolean) => void>()
  /** Rises with every change. */
  generation = 0

  add(type: ResourceType): void {
    const key = `${type.group}/${type.resource}`
    const before = this.#types.get(key)
    if (before) this.#unlist(before)
    this.#types.set(key, type)
    for (const served of type.versions) {
      this.#byPath.set(`${served.apiVersion}/${type.resource}`, served)
      this.#byKind.set(`${served.apiVersion}/${served.kind}`, served)
    }
    this.#changed()
    for (const listener of this.listeners) listener(type, true)
  }

  remove(group: string, resource: string): void {
    const key = `${group}/${resource}`
    const type = this.#types.get(key)
    if (!type) return
    this.#unlist(type)
    this.#types.delete(key)
    this.#changed()
    for (const listener of this.listeners) listener(type, false)
  }

  #unlist(type: ResourceType): void {
    for (const served of type.versions) {
      this.#byPath.delete(`${served.apiVersion}/${type.resource}`)
      if (this.#byKind.get(`${served.apiVersion}/${served.kind}`)?.type === type) {
        this.#byKind.delete(`${served.apiVersion}/${served.kind}`)
      }
    }
  }

  #changed(): void {
    this.generation++
    this.#groupVersions.clear()
    for (const type of this.#types.values()) for (const v of type.versions) this.#groupVersions.add(v.apiVersion)
  }

  /** `apiVersion` is `v1` or `apps/v1`. */
  byPath(apiVersion: string, resource: string): ServedVersion | undefined {
    return this.#byPath.get(`${apiVersion}/${resource}`)
  }

  byKind(apiVersion: string, kind: string): ServedVersion | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  type(group: string, resource: string): ResourceType | undefined {
    return this.#types.get(`${group}/${resource}`)
  }

  hasGroupVersion(apiVersion: string): boolean {
    return this.#groupVersions.has(apiVersion)
  }

  get types(): Iterable<ResourceType> {
    return this.#types.values()
  }
}
