/**
 * The kustomization that Flux builds for a `Kustomization` of its own: the one in the directory, or one made up from the files there, amended by the spec
 * (target namespace, affixes, patches, components, images, build metadata). Follows fluxcd/pkg's kustomize generator.
 */

import { stringify } from '@sluice/yaml'
import { sha256 } from '#sha256'
import { type FileTree, joined, normalized, overlayTree } from './file-tree.ts'
import { decodeKustomization, type Image, type Kustomization } from './kustomization.ts'
import { kustomizationFileNames } from './kustomization-file-names.ts'
import { KustomizeError, located, within } from './kustomize-error.ts'
import { noCache, type ParseCache } from './parse-cache.ts'
import { parseFile } from './parse-file.ts'
import { type ReadLimits, readObjects } from './read-objects.ts'

/** The fields of a Flux Kustomization's spec that change what is built. */
export interface FluxKustomizationSpec {
  targetNamespace?: string | undefined
  namePrefix?: string | undefined
  nameSuffix?: string | undefined
  patches?: readonly FluxPatch[] | undefined
  components?: readonly string[] | undefined
  ignoreMissingComponents?: boolean | undefined
  images?: readonly FluxImage[] | undefined
  buildMetadata?: readonly string[] | undefined
}

export interface FluxPatch {
  patch: string
  target?:
    | {
        group?: string | undefined
        version?: string | undefined
        kind?: string | undefined
        name?: string | undefined
        namespace?: string | undefined
        labelSelector?: string | undefined
        annotationSelector?: string | undefined
      }
    | undefined
}

export interface FluxImage {
  name: string
  newName?: string | undefined
  newTag?: string | undefined
  digest?: string | undefined
}

export interface FluxKustomizationResult {
  /** The given tree with the kustomization file made up or amended. */
  files: FileTree
  /** Where to build. */
  path: string
  /** Path of the kustomization file in `files`. */
  file: string
  action: 'created' | 'amended'
}

/** Throws KustomizeError with Flux's text. All looks at files go through the tree, so that a recording tree sees them. */
export function fluxKustomization(
  files: FileTree,
  path: string,
  spec: FluxKustomizationSpec,
  options: { cache?: ParseCache; limits?: ReadLimits } = {},
): FluxKustomizationResult {
  const directory = normalized(path)
  const found = findKustomization(files, directory)
  const kustomization = found ? readLeniently(found.text, found.file) : generated(files, directory, options)
  if (found && (kustomization.resources ?? []).length === 0) kustomization.buildMetadata = ['originAnnotations']
  amend(kustomization, files, directory, spec)
  const file = found?.file ?? joined(directory, 'kustomization.yaml')
  const content = new TextEncoder().encode(stringify(kustomization, { keys: 'kept' }))
  return {
    files: overlayTree(files, new Map([[file, content]])),
    path: directory,
    file,
    action: found ? 'amended' : 'created',
  }
}

const decoder = new TextDecoder()

function findKustomization(files: FileTree, directory: string): { file: string; text: string } | undefined {
  for (const name of kustomizationFileNames) {
    const file = joined(directory, name)
    const bytes = files.readFile(file)
    if (bytes) return { file, text: decoder.decode(bytes) }
  }
  return undefined
}

function readLeniently(text: string, file: string): Kustomization {
  const value = parseFile(text, file) ?? {}
  return within('error unmarshaling JSON: while decoding JSON', () =>
    located({ file }, () => decodeKustomization(value, 'ignore')),
  )
}

function generated(
  files: FileTree,
  directory: string,
  options: { cache?: ParseCache; limits?: ReadLimits },
): Kustomization {
  const resources: string[] = []
  scan(files, directory, '.', resources, options)
  const kustomization: Kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }
  // A kustomization that says nothing is refused by the build, an empty directory is not.
  if (resources.length === 0) kustomization.namespace = '_placeholder'
  else kustomization.resources = resources
  return kustomization
}

/** Walks in lexical order; a directory with a kustomization of its own is one resource. */
function scan(
  files: FileTree,
  directory: string,
  relative: string,
  resources: string[],
  options: { cache?: ParseCache; limits?: ReadLimits },
): void {
  const entries = [...(files.readDirectory(directory) ?? [])].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  )
  for (const { name, kind } of entries) {
    const path = joined(directory, name)
    if (kind === 'directory') {
      if (kustomizationFileNames.some(file => files.readFile(joined(path, file)) !== undefined)) {
        resources.push(`${relative}/${name}`)
      } else scan(files, path, `${relative}/${name}`, resources, options)
      continue
    }
    if (!/\.ya?ml$/.test(name)) continue
    const bytes = files.readFile(path)
    if (!bytes) continue
    within(`failed to decode Kubernetes YAML from ${path}`, () => parsed(bytes, path, options))
    resources.push(`${relative}/${name}`)
  }
}

/** Reads a file for its errors; the build finds the result in the cache. */
function parsed(
  bytes: Uint8Array,
  path: string,
  { cache = noCache, limits = {} }: { cache?: ParseCache; limits?: ReadLimits },
): void {
  const digest = sha256(bytes)
  if (cache.get(digest)) return
  cache.set(digest, readObjects(decoder.decode(bytes), path, limits))
}

function amend(kustomization: Kustomization, files: FileTree, directory: string, spec: FluxKustomizationSpec): void {
  if (spec.targetNamespace !== undefined) kustomization.namespace = spec.targetNamespace
  if (spec.namePrefix !== undefined) kustomization.namePrefix = spec.namePrefix
  if (spec.nameSuffix !== undefined) kustomization.nameSuffix = spec.nameSuffix
  const patches = (spec.patches ?? []).map(({ patch, target }) => ({
    patch,
    ...(target && { target: definedFields(target) }),
  }))
  if (patches.length > 0) kustomization.patches = [...(kustomization.patches ?? []), ...patches]
  const components = (spec.components ?? []).filter(component => {
    if (!isLocal(component)) throw new KustomizeError(`component path '${component}' must be local and relative`)
    if (!spec.ignoreMissingComponents) return true
    const path = joined(directory, component)
    return files.readDirectory(path) !== undefined || files.readFile(path) !== undefined
  })
  if (components.length > 0) kustomization.components = [...(kustomization.components ?? []), ...components]
  for (const image of spec.images ?? []) kustomization.images = withImage(kustomization.images ?? [], image)
  if (spec.buildMetadata && spec.buildMetadata.length > 0) kustomization.buildMetadata = [...spec.buildMetadata]
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function definedFields<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}

/** Sets what the spec's entry sets; tag and digest go together. */
function withImage(images: readonly Image[], image: FluxImage): Image[] {
  const fields = definedFields(image)
  if (!images.some(known => known.name === image.name)) return [...images, fields]
  let done = false
  return images.map(known => {
    if (done || known.name !== image.name) return known
    done = true
    const changed: Image = { ...known }
    if (image.newName) changed.newName = image.newName
    if (image.newTag || image.digest) {
      changed.newTag = image.newTag ?? ''
      changed.digest = image.digest ?? ''
    }
    return changed
  })
}

const remotePrefixes = ['git::', 'gh:', 'ssh://', 'https://', 'http://', 'git@', 'github.com:', 'github.com/']

function isLocal(path: string): boolean {
  const lower = path.toLowerCase()
  if (remotePrefixes.some(prefix => lower.length > prefix.length && lower.startsWith(prefix))) return false
  return !path.startsWith('/') && !lower.replace(/^file:\/\//, '').startsWith('/')
}
