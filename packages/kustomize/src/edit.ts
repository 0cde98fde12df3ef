/**
 * Changes to a kustomization file, as `kustomize edit` makes them, but with everything else in the file left as it is. Each edit takes and gives text.
 */
import {
  type EditableFile,
  edited,
  isFields,
  listOf,
  type NamedFields,
  replaceNamed,
  setList,
} from './edited-fields.ts'
import { KustomizeError } from './kustomize-error.ts'

export type ListField =
  | 'resources'
  | 'components'
  | 'transformers'
  | 'generators'
  | 'validators'
  | 'configurations'
  | 'buildMetadata'
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

/** The list as it shall be. */
export function setItems(file: EditableFile, field: ListField, items: readonly string[]): string {
  return edited(file, fields => setList(fields, field, [...new Set(items)]))
}

/** A patch is by file or in place. */
export type PatchSource = { path: string } | { patch: string }

export function addPatch(file: EditableFile, source: PatchSource, target: Record<string, string>): string {
  return edited(file, fields => {
    const patch = patchOf(source, target)
    const present = listOf(fields, 'patches', file)
    if (!present.some(item => isSame(item, patch))) fields.patches = [...present, patch]
  })
}

/** Removes the patch that is just so. */
export function removePatch(file: EditableFile, source: PatchSource, target: Record<string, string>): string {
  return edited(file, fields => {
    const patch = patchOf(source, target)
    const present = listOf(fields, 'patches', file)
    const rest = present.filter(item => !isSame(item, patch))
    if (rest.length === present.length) {
      throw new KustomizeError(`there is no such patch: ${JSON.stringify(patch)}`, {
        file: file.path,
        cure: 'name its path or text and all of its target',
      })
    }
    setList(fields, 'patches', rest)
  })
}

function patchOf(source: PatchSource, target: Record<string, string>): object {
  return { ...source, ...(Object.keys(target).length > 0 && { target }) }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
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

function sorted(value: unknown): unknown {
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}
