/**
 * `vars`, the deprecated way to copy a field into texts: `$(NAME)` in the fields of `varReference`. Registered by each layer, resolved at the root.
 */
import { SourceScalar } from '@sluice/yaml'
import type { FieldSpec } from './field-spec.ts'
import { applyFieldSpec } from './field-spec.ts'
import type { Variable } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import { lookup, splitPath } from './replacement-path.ts'
import { effectiveNamespace, gvkOf, isClusterScoped, type ResourceId } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { isMapping, put, textOf } from './tree.ts'

export type VarRegistry = Map<string, Variable>

export function registerVars(registry: VarRegistry, set: ResourceSet, vars: readonly Variable[]): void {
  for (const variable of vars) {
    const name = variable.name ?? ''
    if (registry.has(name)) throw new KustomizeError(`var '${name}' already encountered`)
    registry.set(name, variable)
    const { apiVersion = '', group, version, kind, name: target = '', namespace = '' } = variable.objref ?? {}
    const gvk = apiVersion
      ? gvkOf(apiVersion, kind ?? '')
      : { group: group ?? '', version: version ?? '', kind: kind ?? '' }
    const wanted: ResourceId = { ...gvk, name: target, namespace }
    const anyNamespace = namespace === '' && !isClusterScoped(gvk)
    const matches = set.resources.filter(resource =>
      resource.ids.some(
        id =>
          id.group === wanted.group &&
          id.version === wanted.version &&
          id.kind === wanted.kind &&
          id.name === wanted.name &&
          (anyNamespace || effectiveNamespace(id) === effectiveNamespace(wanted)),
      ),
    )
    if (matches.length > 1) {
      throw new KustomizeError(`found ${matches.length} resId matches for var ${name} (unable to disambiguate)`)
    }
    matches[0]?.varNames.push(name)
  }
}

type VarValue = string | number | bigint | boolean

/** Puts the values in. `warn` gets the names of vars that nothing used. */
export function resolveVars(
  registry: VarRegistry,
  set: ResourceSet,
  specs: readonly FieldSpec[],
  warn: (line: string) => void,
): void {
  if (registry.size === 0) return
  const values = new Map<string, VarValue | undefined>()
  for (const [name, variable] of [...registry].sort(([a], [b]) => (a < b ? -1 : 1)))
    values.set(name, variableValue(set, name, variable))
  const used = new Set<string>()
  const replaced = (value: unknown): unknown => {
    if (typeof value !== 'string' && !(value instanceof SourceScalar)) return value
    return substituted(
      textOf(value),
      name => {
        const known = values.get(name)
        if (known !== undefined) used.add(name)
        return known
      },
      value,
    )
  }
  for (const resource of set.resources) {
    for (const spec of specs) {
      applyFieldSpec(resource, spec, undefined, value => {
        if (Array.isArray(value)) return value.map(item => replaced(expectText(item, spec)))
        if (isMapping(value)) {
          for (const key of Object.keys(value)) put(value, key, replaced(value[key]))
          return value
        }
        return replaced(value)
      })
      resource.shared.settle()
    }
  }
  const unused = [...values.keys()].filter(name => !used.has(name))
  if (unused.length > 0) warn(`well-defined vars that were never replaced: ${unused.join(',')}`)
}

function expectText(item: unknown, spec: FieldSpec): unknown {
  if (typeof item === 'string' || (item instanceof SourceScalar && typeof item.value === 'string')) return item
  const field = spec.path.split('/').at(-1)
  throw new KustomizeError(`visit traversal on path: [${field}]: invalid value type expect a string`, {
    cure: 'put every item of the list into quotes',
  })
}

function variableValue(set: ResourceSet, name: string, variable: Variable): VarValue | undefined {
  const resource = set.resources.find(resource => resource.varNames.includes(name))
  if (!resource) throw new KustomizeError(`var '${name}' cannot be mapped to a field in the set of known resources`)
  const path = variable.fieldref?.fieldPath || 'metadata.name'
  const value = lookup(resource.object, splitPath(path.replace(/\[(\d+)\]/g, '.$1')))
  if (value === undefined)
    throw new KustomizeError(`field specified in var '${name}' not found in corresponding resource`)
  const bare = value instanceof SourceScalar ? value.value : value
  if (bare === null) return textOf(value)
  return typeof bare === 'object' ? undefined : (bare as VarValue)
}

/** `$(NAME)` becomes the value, with its type when it is the whole text; `$$` becomes `$`. */
function substituted(text: string, value: (name: string) => VarValue | undefined, whole: unknown): unknown {
  if (!text.includes('$')) return whole
  const only = /^\$\(([^)]*)\)$/.exec(text)
  if (only) return value(only[1] ?? '') ?? text
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) return '$'
    const known = value(name)
    return known === undefined ? match : String(known)
  })
}
