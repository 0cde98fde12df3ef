/** The built-in resources as the server serves them, from the discovery table and the strategies. */
import { builtinResources, type Resource, schemaOf } from '@sluice/api/builtin'
import { fromV1, toV1 } from '../kinds/autoscalers.ts'
import { coreFromEvents, eventsFromCore } from '../kinds/event-versions.ts'
import { strategies } from '../kinds/index.ts'
import type { ResourceType, ServedVersion } from './resource-type.ts'

/** Where one resource keeps its objects under another's name. */
const sharedCollections: Readonly<Record<string, string>> = { 'events.k8s.io/events': '/events' }

const conversions: Readonly<Record<string, ServedVersion['convert']>> = {
  'events.k8s.io/v1 events': { fromStored: eventsFromCore, toStored: coreFromEvents },
  'autoscaling/v1 horizontalpodautoscalers': { fromStored: toV1, toStored: fromV1 },
}

/** Warnings that every request gets. */
const deprecations: Readonly<Record<string, string>> = {
  'v1 endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

function typeOf(rows: readonly Resource[]): ResourceType | undefined {
  const [first] = rows
  if (!first) return undefined
  const { group, resource } = first
  const key = `${group}/${resource}`
  const collection = sharedCollections[key] ?? key
  const versions: ServedVersion[] = []
  const served = rows.map(row => {
    const apiVersion = row.group ? `${row.group}/${row.version}` : row.version
    const convert = conversions[`${apiVersion} ${row.resource}`]
    return (type: ResourceType): ServedVersion => ({
      type,
      version: row.version,
      apiVersion,
      kind: row.kind,
      get schema() {
        return schemaOf(apiVersion, row.kind)
      },
      verbs: row.verbs,
      subresources: new Map(row.subresources.map(s => [s.name, s])),
      ...(convert ? { convert } : {}),
      ...(deprecations[`${apiVersion} ${row.resource}`]
        ? { deprecation: deprecations[`${apiVersion} ${row.resource}`] }
        : {}),
    })
  })
  const type: ResourceType = {
    group,
    resource,
    kind: first.kind,
    listKind: `${first.kind}List`,
    singular: first.singular,
    shortNames: first.shortNames,
    categories: first.categories,
    namespaced: first.namespaced,
    versions,
    get storage() {
      const storage = versions.find(v => !v.convert) ?? versions[0]
      if (!storage) throw new Error(`${key} has no versions`)
      return storage
    },
    custom: false,
    virtual: !first.verbs.includes('get') || resource === 'componentstatuses',
    collection,
    strategy: strategies[collection] ?? {},
  }
  versions.push(...served.map(make => make(type)))
  return type
}

export function builtinTypes(): ResourceType[] {
  const rows = new Map<string, Resource[]>()
  for (const row of builtinResources()) {
    const key = `${row.group}/${row.resource}`
    const list = rows.get(key)
    if (list) list.push(row)
    else rows.set(key, [row])
  }
  return [...rows.values()].flatMap(list => typeOf(list) ?? [])
}
