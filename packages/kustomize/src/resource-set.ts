/**
 * The objects of a build in order, with indexes by identity so that no step looks at all objects to find one. The indexes are made when first asked for
 * and dropped by whoever changes identities.
 */
import { KustomizeError } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { idKey, idText, type ResourceId } from './resource-id.ts'

export class ResourceSet {
  resources: Resource[] = []
  private current: Map<string, Resource[]> | undefined
  private any: Map<string, Resource[]> | undefined

  private isUnique = true

  /** To be called after names, namespaces, kinds or the list itself have changed. */
  changed(): void {
    this.isUnique = false
    this.current = undefined
    this.any = undefined
  }

  /** Adds an object; its current id must be new. */
  append(resource: Resource): void {
    this.current ??= index(this.resources, resource => [resource.key])
    const key = resource.key
    if (this.current.has(key)) {
      throw new KustomizeError(`may not add resource with an already registered id: ${resource.text}`)
    }
    this.current.set(key, [resource])
    if (this.any) for (const id of resource.ids) add(this.any, idKey(id), resource)
    this.resources.push(resource)
  }

  appendAll(resources: Iterable<Resource>): void {
    for (const resource of resources) this.append(resource)
  }

  /** Fails when two objects have the same id, as kustomize does when it rebuilds its list. */
  checkUnique(): void {
    if (this.isUnique) return
    this.changed()
    const all = this.resources
    this.resources = []
    this.appendAll(all)
    this.isUnique = true
  }

  byCurrentId(id: ResourceId): readonly Resource[] {
    this.current ??= index(this.resources, resource => [resource.key])
    return this.current.get(idKey(id)) ?? []
  }

  /** Objects that have or had this id. */
  byAnyId(id: ResourceId): readonly Resource[] {
    this.any ??= index(this.resources, resource => resource.ids.map(idKey))
    return this.any.get(idKey(id)) ?? []
  }

  /** The one object that has or had this id, for a patch. */
  forPatch(id: ResourceId): Resource {
    const found = this.byAnyId(id)
    if (found.length === 1 && found[0]) return found[0]
    const text = idText(id)
    throw new KustomizeError(
      `${found.length > 1 ? 'multiple' : 'no'} matches for Id ${text}; failed to find unique target for patch ${text}`,
    )
  }

  /** Takes out objects of which nothing is left. */
  dropGone(): void {
    if (!this.resources.some(resource => resource.isGone)) return
    this.resources = this.resources.filter(resource => !resource.isGone)
    this.changed()
  }

  replace(old: Resource, next: Resource): void {
    const position = this.resources.indexOf(old)
    this.resources[position] = next
    this.changed()
  }
}

function index(resources: readonly Resource[], keys: (resource: Resource) => string[]): Map<string, Resource[]> {
  const map = new Map<string, Resource[]>()
  for (const resource of resources) for (const key of new Set(keys(resource))) add(map, key, resource)
  return map
}

function add(map: Map<string, Resource[]>, key: string, resource: Resource): void {
  const list = map.get(key)
  if (!list) map.set(key, [resource])
  else if (!list.includes(resource)) list.push(resource)
}
