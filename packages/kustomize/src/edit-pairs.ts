/**
 * Labels and annotations that a kustomization puts on everything, as `kustomize edit` adds, sets and removes them. Labels are looked for in `labels` and in
 * `commonLabels`; a new one does not make the deprecated field, but stands in `labels` with `includeSelectors`, which means the same.
 */
import { type EditableFile, edited, type Fields, isFields, listOf, mapOf, setList } from './edited-fields.ts'
import { KustomizeError } from './kustomize-error.ts'

export type PairKind = 'annotation' | 'label'

/** What a new label is put on besides `metadata.labels`; selectors and templates unless said otherwise. */
export interface LabelReach {
  withoutSelector?: boolean
  includeTemplates?: boolean
}

/** `key:value` each, or several with commas between. One that is there is an error, unless `force` is set. */
export function addPairs(
  file: EditableFile,
  kind: PairKind,
  settings: readonly string[],
  options: LabelReach & { force?: boolean } = {},
): string {
  return edited(file, fields => {
    for (const [key, value] of pairsOf(kind, settings)) {
      const present = mapsOf(fields, kind, file).find(map => Object.hasOwn(map, key))
      if (present && !options.force) {
        throw new KustomizeError(`${kind} ${key} already in kustomization file`, {
          file: file.path,
          cure: `use 'edit set ${kind}' or --force`,
        })
      }
      put(fields, kind, file, [key, value], options)
    }
  })
}

/** As `addPairs`, whether they are there or not. */
export function setPairs(
  file: EditableFile,
  kind: PairKind,
  settings: readonly string[],
  reach: LabelReach = {},
): string {
  return addPairs(file, kind, settings, { ...reach, force: true })
}

/** One that is not there is an error, unless `ignoreMissing` is set. */
export function removePairs(
  file: EditableFile,
  kind: PairKind,
  keys: readonly string[],
  options: { ignoreMissing?: boolean } = {},
): string {
  return edited(file, fields => {
    for (const key of keys) {
      const maps = mapsOf(fields, kind, file).filter(map => Object.hasOwn(map, key))
      if (maps.length === 0 && !options.ignoreMissing) {
        throw new KustomizeError(`${kind} ${key} is not defined in kustomization file`, { file: file.path })
      }
      for (const map of maps) delete map[key]
    }
    const field = fieldOf(kind)
    if (isFields(fields[field]) && Object.keys(fields[field]).length === 0) delete fields[field]
    if (kind !== 'label' || fields.labels === undefined) return
    const isLeft = (entry: unknown) => !isFields(entry) || Object.keys(pairsIn(entry)).length > 0
    setList(fields, 'labels', listOf(fields, 'labels', file).filter(isLeft))
  })
}

function fieldOf(kind: PairKind): string {
  return kind === 'label' ? 'commonLabels' : 'commonAnnotations'
}

/** Every mapping of the file with such pairs. */
function mapsOf(fields: Fields, kind: PairKind, file: EditableFile): Fields[] {
  const common = mapOf(fields, fieldOf(kind), file)
  return kind === 'label' ? [common, ...listOf(fields, 'labels', file).map(pairsIn)] : [common]
}

function pairsIn(entry: unknown): Fields {
  return isFields(entry) && isFields(entry.pairs) ? entry.pairs : {}
}

function put(fields: Fields, kind: PairKind, file: EditableFile, pair: [string, string], reach: LabelReach): void {
  const [key, value] = pair
  const present = mapsOf(fields, kind, file).filter(map => Object.hasOwn(map, key))
  for (const map of present) map[key] = value
  if (present.length > 0) return
  const field = fieldOf(kind)
  const isCommon = kind === 'annotation' || (fields[field] !== undefined && !reach.withoutSelector)
  if (isCommon) {
    fields[field] = { ...mapOf(fields, field, file), [key]: value }
    return
  }
  const includeSelectors = !reach.withoutSelector
  const includeTemplates = !includeSelectors && reach.includeTemplates === true
  const labels = listOf(fields, 'labels', file)
  const fitting = labels.find(
    (entry): entry is Fields =>
      isFields(entry) &&
      (entry.includeSelectors ?? false) === includeSelectors &&
      (includeSelectors || (entry.includeTemplates ?? false) === includeTemplates) &&
      entry.fields === undefined,
  )
  if (fitting) fitting.pairs = { ...pairsIn(fitting), [key]: value }
  else {
    const entry = { ...(includeSelectors && { includeSelectors }), ...(includeTemplates && { includeTemplates }) }
    fields.labels = [...labels, { ...entry, pairs: { [key]: value } }]
  }
}

/** Values may be in quotes, and then have commas. */
function pairsOf(kind: PairKind, settings: readonly string[]): [string, string][] {
  return settings.flatMap(setting => {
    const parts = setting.match(/(?:"[^"]*"|'[^']*'|[^,])+/g) ?? ['']
    return parts.map((part): [string, string] => {
      const [, key, value = ''] = /^([^:]+):(.*)$/s.exec(part) ?? []
      if (key === undefined) {
        throw new KustomizeError(`invalid ${kind}: '${part}' (need k:v pair where v may be quoted)`)
      }
      return [key.trim(), /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value]
    })
  })
}
