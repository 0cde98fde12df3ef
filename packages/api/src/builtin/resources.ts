/** The built-in resources as discovery tells of them, in its order. */
import text from './generated/resources.ts'

export interface Subresource {
  name: string
  group: string
  version: string
  kind: string
  verbs: string[]
}

export interface Resource {
  /** Empty for the core group. */
  group: string
  version: string
  /** Plural, lower case. */
  resource: string
  kind: string
  singular: string
  shortNames: string[]
  categories: string[]
  namespaced: boolean
  verbs: string[]
  subresources: Subresource[]
  /** Where the kind belongs to another group or version than the resource. */
  kindGroup?: string
  kindVersion?: string
}

type SubresourceRow = [name: string, kind: string, verbs: number]
type ResourceRow = [string, string, string, number, number, string, string, SubresourceRow[]]
interface Table {
  verbSets: string[][]
  groups: [group: string, versions: [version: string, rows: ResourceRow[]][]][]
}

let resources: Resource[] | undefined

const words = (list: string) => (list === '' ? [] : list.split(','))

function kindIn(group: string, version: string, kind: string): { group: string; version: string; kind: string } {
  const [first = '', second, third] = kind.split('/')
  if (second === undefined || third === undefined) return { group, version, kind: first }
  return { group: first, version: second, kind: third }
}

/** Every built-in resource. The caller must not change what it gets: it is the same each time. */
export function builtinResources(): readonly Resource[] {
  if (resources !== undefined) return resources
  const { verbSets, groups }: Table = JSON.parse(text)
  const verbsAt = (at: number) => verbSets[at] ?? []
  resources = groups.flatMap(([group, versions]) =>
    versions.flatMap(([version, rows]) =>
      rows.map(([resource, kind, singular, namespaced, verbs, shortNames, categories, subresources]) => {
        const own = kindIn(group, version, kind)
        const row: Resource = {
          group,
          version,
          resource,
          kind: own.kind,
          singular,
          shortNames: words(shortNames),
          categories: words(categories),
          namespaced: namespaced === 1,
          verbs: verbsAt(verbs),
          subresources: subresources.map(([name, subKind, subVerbs]) => ({
            name,
            ...kindIn(group, version, subKind),
            verbs: verbsAt(subVerbs),
          })),
        }
        if (own.group !== group || own.version !== version) {
          row.kindGroup = own.group
          row.kindVersion = own.version
        }
        return row
      }),
    ),
  )
  return resources
}
