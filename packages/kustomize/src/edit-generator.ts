/**
 * Generators of ConfigMaps and Secrets in a kustomization file, as `kustomize edit` adds, changes and removes them.
 */
import { type EditableFile, edited, type Fields, isFields, listOf, setList } from './edited-fields.ts'
import { KustomizeError } from './kustomize-error.ts'

export type GeneratorKind = 'configmap' | 'secret'

/** A generator is known by its name and namespace; no namespace is `default`. */
export interface GeneratorName {
  name: string
  namespace?: string | undefined
}

export interface GeneratorSources {
  /** `key=value` each. */
  literals?: readonly string[] | undefined
  /** `path` or `key=path` each. */
  files?: readonly string[] | undefined
  envs?: readonly string[] | undefined
  behavior?: string | undefined
  /** Of Secrets. */
  type?: string | undefined
  disableNameSuffixHash?: boolean | undefined
}

/** Adds sources to the generator, which is made when there is none of the name. */
export function addToGenerator(
  file: EditableFile,
  kind: GeneratorKind,
  id: GeneratorName,
  sources: GeneratorSources,
): string {
  return edited(file, fields => {
    const list = listOf(fields, fieldOf(kind), file)
    const present = list.find((item): item is Fields => isCalled(item, id))
    const generator: Fields = present ?? { name: id.name, ...(id.namespace && { namespace: id.namespace }) }
    for (const field of ['literals', 'files', 'envs'] as const) {
      const more = sources[field] ?? []
      if (more.length > 0) generator[field] = [...listOf(generator, field, file), ...more]
    }
    for (const field of ['behavior', 'type'] as const) if (sources[field]) generator[field] = sources[field]
    if (sources.disableNameSuffixHash) {
      generator.options = { ...(isFields(generator.options) && generator.options), disableNameSuffixHash: true }
    }
    checkKeys(generator, kind, file)
    if (!present) fields[fieldOf(kind)] = [...list, generator]
  })
}

/** Gives literals that are there other values, and the generator another namespace. */
export function setInGenerator(
  file: EditableFile,
  kind: GeneratorKind,
  id: GeneratorName,
  change: { literals?: readonly string[] | undefined; newNamespace?: string | undefined },
): string {
  return edited(file, fields => {
    const generator = listOf(fields, fieldOf(kind), file).find((item): item is Fields => isCalled(item, id))
    if (!generator) throw notThere(kind, id, file)
    const literals = listOf(generator, 'literals', file).map(String)
    for (const literal of change.literals ?? []) {
      const key = keyOf(literal, kind, file)
      const at = literals.findIndex(old => old.startsWith(`${key}=`))
      if (at < 0) {
        throw new KustomizeError(`key '${key}' not found in ${kind} '${id.name}'`, {
          file: file.path,
          cure: `use 'edit add ${kind}' for a new one`,
        })
      }
      literals[at] = literal
    }
    if (literals.length > 0) generator.literals = literals
    if (change.newNamespace) generator.namespace = change.newNamespace
  })
}

/** Removes generators, each of which must be there. */
export function removeGenerators(file: EditableFile, kind: GeneratorKind, ids: readonly GeneratorName[]): string {
  return edited(file, fields => {
    let list = listOf(fields, fieldOf(kind), file)
    for (const id of ids) {
      const rest = list.filter(item => !isCalled(item, id))
      if (rest.length === list.length) throw notThere(kind, id, file)
      list = rest
    }
    setList(fields, fieldOf(kind), list)
  })
}

function fieldOf(kind: GeneratorKind): string {
  return kind === 'secret' ? 'secretGenerator' : 'configMapGenerator'
}

function isCalled(item: unknown, { name, namespace }: GeneratorName): boolean {
  return isFields(item) && item.name === name && (item.namespace || 'default') === (namespace || 'default')
}

function notThere(kind: GeneratorKind, { name, namespace }: GeneratorName, file: EditableFile): KustomizeError {
  const where = namespace ? ` in namespace '${namespace}'` : ''
  return new KustomizeError(`unable to find ${kind} with name '${name}'${where}`, { file: file.path })
}

function keyOf(literal: string, kind: GeneratorKind, file: EditableFile): string {
  const end = literal.indexOf('=')
  if (end > 0) return literal.slice(0, end)
  // What a Secret holds is not shown.
  const shown = kind === 'secret' ? '' : ` '${literal}'`
  throw new KustomizeError(`invalid literal source${shown}, expected key=value`, { file: file.path })
}

/** Keys of literals and files, each of which may be there once; what is in env files is not looked at. */
function checkKeys(generator: Fields, kind: GeneratorKind, file: EditableFile): void {
  const literals = listOf(generator, 'literals', file).map(literal => keyOf(String(literal), kind, file))
  const files = listOf(generator, 'files', file).map(source => {
    const [key = '', path] = String(source).split('=')
    return path === undefined ? (key.split('/').at(-1) ?? key) : key
  })
  const seen = new Set<string>()
  for (const key of [...literals, ...files]) {
    if (seen.has(key)) {
      throw new KustomizeError(`${kind} ${generator.name} illegally repeats the key '${key}'`, {
        file: file.path,
        cure: `use 'edit set ${kind}' for another value`,
      })
    }
    seen.add(key)
  }
}
