/**
 * Where each field of each object comes from: the file that brought it, and the steps of which layers changed it. Looks at every object after every step, so
 * only a build that is asked to explain itself does it.
 */
import type { Origin } from './origin.ts'
import type { Resource } from './resource.ts'
import { at, isMapping, plain } from './tree.ts'

export interface FieldChange {
  /** Such as `spec.template.spec.containers[app].image`: items with a name go by it, others by their place. */
  path: string
  /** What the step made of it; undefined when it took it away. */
  value: unknown
}

export interface BuildStep {
  /** The file with the object, or the kustomization that asks for the change. */
  file: string
  /** The URL of the repository that the file is from, when it was fetched. */
  repo?: string
  /** Such as `PatchTransformer`; undefined for the file with the object. */
  by?: string
  changes: FieldChange[]
}

export interface ObjectTrace {
  apiVersion: string
  kind: string
  name: string
  namespace: string
  steps: BuildStep[]
}

interface Seen {
  fields: Map<string, unknown>
  steps: BuildStep[]
}

export class BuildTrace {
  private readonly seen = new WeakMap<Resource, Seen>()

  /** Notes what a step made of objects; `old` is the one whose place a single new one took. */
  note(resources: readonly Resource[], origin: Origin, old?: Resource): void {
    for (const resource of resources) {
      const fields = new Map<string, unknown>()
      collect('', plain(resource.object), fields)
      const before = this.seen.get(old ?? resource)
      const changes = changesBetween(before?.fields ?? new Map(), fields)
      const steps = before?.steps ?? []
      this.seen.set(resource, { fields, steps: changes.length > 0 ? [...steps, stepOf(origin, changes)] : steps })
    }
  }

  of(resources: readonly Resource[]): ObjectTrace[] {
    return resources.map(resource => ({
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      name: resource.name,
      namespace: resource.namespace,
      steps: this.seen.get(resource)?.steps ?? [],
    }))
  }
}

function stepOf({ path, repo, configuredIn, configuredBy }: Origin, changes: FieldChange[]): BuildStep {
  const by = configuredBy?.kind
  return { file: configuredIn ?? path ?? '', ...(repo && { repo }), ...(by && { by }), changes }
}

function changesBetween(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): FieldChange[] {
  const changes: FieldChange[] = []
  for (const [path, value] of after) {
    if (!before.has(path) || before.get(path) !== value) changes.push({ path, value })
  }
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path, value: undefined })
  return changes
}

function collect(path: string, value: unknown, into: Map<string, unknown>): void {
  if (Array.isArray(value) && value.length > 0) {
    for (const [index, item] of value.entries()) {
      const name = at(item, 'name')
      const named = `${path}[${typeof name === 'string' ? name : index}]`
      collect(into.has(named) ? `${path}[${index}]` : named, item, into)
    }
  } else if (isMapping(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) {
      collect(/^[\w-]+$/.test(key) ? `${path && `${path}.`}${key}` : `${path}[${JSON.stringify(key)}]`, item, into)
    }
  } else if (!path.startsWith('metadata.annotations["internal.config.kubernetes.io/')) {
    into.set(path, typeof value === 'object' && value !== null ? JSON.stringify(value) : value)
  }
}
