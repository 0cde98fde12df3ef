/**
 * Changes to a kustomization file, as `kustomize edit` makes them, but with everything else in the file left as it is. Each edit takes and gives text.
 */
import { parseFirst, YamlError } from '@sluice/yaml'
import { editText } from './edit-text.ts'
import { KustomizeError } from './kustomize-error.ts'

type Fields = Record<string, unknown>
type NamedFields = Fields & { name: unknown }

export interface EditableFile {
  path: string
  text: string
}

export type ListField = 'resources' | 'components' | 'transformers' | 'generators' | 'validators' | 'configurations'
export type TextField = 'namespace' | 'namePrefix' | 'nameSuffix'

/** Appends what is not in the list yet. */
export function addItems(file: EditableFile, field: ListField, items: readonly string[]): string {
  return edited(file, fields => {
    const present = listOf(fields, field, file)
    fields[field] = [...present, ...new Set(items.filter(item => !present.includes(item)))]
  })
}

/** Takes items out of a list; one that is not in it is an error. */
export function removeItems(file: EditableFile, field: ListField, items: readonly string[]): string {
  return edited(file, fields => {
    const present = listOf(fields, field, file)
    const absent = items.filter(item => !present.includes(item))
    if (absent.length > 0) {
      throw new KustomizeError(`${field}: ${absent.join(', ')} ${absent.length > 1 ? 'are' : 'is'} not in the list`, {
        file: file.path,
      })
    }
    setList(
      fields,
      field,
      present.filter(item => !items.includes(String(item))),
    )
  })
}

export function addPatch(file: EditableFile, path: string, target: Record<string, string>): string {
  return edited(file, fields => {
    const patch = { path, ...(Object.keys(target).length > 0 && { target }) }
    const present = listOf(fields, 'patches', file)
    const isThere = present.some(item => JSON.stringify(sorted(item)) === JSON.stringify(sorted(patch)))
    if (!isThere) fields.patches = [...present, patch]
  })
}

/** An empty value takes the field away. */
export function setText(file: EditableFile, field: TextField, value: string): string {
  return edited(file, fields => {
    if (value === '') delete fields[field]
    else fields[field] = value
  })
}

/** `name=count` each. */
export function setReplicas(file: EditableFile, settings: readonly string[]): string {
  return edited(file, fields => {
    const list = listOf(fields, 'replicas', file).filter(isFields)
    for (const setting of settings) {
      const [, name, count] = /^([^=]+)=(\d+)$/.exec(setting) ?? []
      if (name === undefined) {
        throw new KustomizeError(`replicas '${setting}' is not of the form name=count`)
      }
      replaceNamed(list, { name, count: Number(count) })
    }
    fields.replicas = list
  })
}

const imageForms = `invalid format of image, use one of the following options:
- <image>=<newimage>:<newtag>
- <image>=<newimage>@<digest>
- <image>=<newimage>
- <image>:<newtag>
- <image>@<digest>`

/** `image=new:tag`, `image=new@digest`, `image:tag` and so on; an asterisk keeps what the file says. */
export function setImages(file: EditableFile, settings: readonly string[]): string {
  return edited(file, fields => {
    const list = listOf(fields, 'images', file).filter(isFields)
    for (const setting of settings) {
      const wanted = parseImage(setting)
      const present = list.find(item => item.name === wanted.name) ?? {}
      const image: NamedFields = { ...present, name: wanted.name }
      for (const field of ['newName', 'newTag', 'digest'] as const) {
        if (wanted[field] === '*') continue
        if (wanted[field]) image[field] = wanted[field]
        else delete image[field]
      }
      replaceNamed(list, image)
    }
    fields.images = list
  })
}

interface ImageSetting {
  name: string
  newName?: string
  newTag?: string
  digest?: string
}

function parseImage(setting: string): ImageSetting {
  const [, key, value = ''] = /^([^=]+)=(.+)$/.exec(setting) ?? []
  const [, name, digest, newTag] = /^([^@]+?)(?:@([^@]+)|:([^:/]+))?$/.exec(key === undefined ? setting : value) ?? []
  const hasVersion = digest !== undefined || newTag !== undefined
  if (name === undefined || (key === undefined && !hasVersion)) throw new KustomizeError(`${imageForms}: '${setting}'`)
  return {
    name: key ?? name,
    ...(key !== undefined && { newName: name }),
    ...(digest !== undefined && { digest }),
    ...(newTag !== undefined && { newTag }),
  }
}

/** Replaces fields that are deprecated by their successors. */
export function fixFields(file: EditableFile): string {
  return edited(file, fields => {
    moveInto(fields, file, 'bases', 'resources', base => base)
    moveInto(fields, file, 'patchesStrategicMerge', 'patches', item => {
      const isInline = typeof item === 'string' && /\n|^\s*\{/.test(item.trim())
      return isInline ? { patch: item } : { path: item }
    })
    moveInto(fields, file, 'patchesJson6902', 'patches', item => item)
    if (isFields(fields.commonLabels)) {
      fields.labels = [...listOf(fields, 'labels', file), { includeSelectors: true, pairs: fields.commonLabels }]
      delete fields.commonLabels
    }
    for (const field of ['configMapGenerator', 'secretGenerator']) {
      for (const generator of listOf(fields, field, file).filter(isFields)) {
        if (generator.env === undefined) continue
        generator.envs = [...(Array.isArray(generator.envs) ? generator.envs : []), generator.env]
        delete generator.env
      }
    }
  })
}

function moveInto(fields: Fields, file: EditableFile, from: string, to: string, as: (item: unknown) => unknown): void {
  if (fields[from] === undefined) return
  fields[to] = [...listOf(fields, to, file), ...listOf(fields, from, file).map(as)]
  delete fields[from]
}

function edited(file: EditableFile, change: (fields: Fields) => void): string {
  const before = readFields(file)
  const after = structuredClone(before)
  change(after)
  return editText(file.text, before, after)
}

function readFields({ path, text }: EditableFile): Fields {
  try {
    const value = parseFirst(text, { file: path }) ?? {}
    if (isFields(value)) return value
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new KustomizeError(error.message, { file: path, ...(error.line && { line: error.line }) })
  }
  throw new KustomizeError('a kustomization is a mapping of fields', { file: path })
}

function listOf(fields: Fields, field: string, file: EditableFile): unknown[] {
  const list = fields[field] ?? []
  if (Array.isArray(list)) return list
  throw new KustomizeError(`${field} is no list`, { file: file.path })
}

function setList(fields: Fields, field: string, list: unknown[]): void {
  if (list.length > 0) fields[field] = list
  else delete fields[field]
}

function replaceNamed(list: Fields[], item: NamedFields): void {
  const at = list.findIndex(old => old.name === item.name)
  if (at >= 0) list[at] = item
  else list.push(item)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(value: unknown): unknown {
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}
