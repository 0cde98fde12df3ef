/**
 * `images`: new names, tags and digests for container images.
 */
import { stringify } from '@sluice/yaml'
import { applyPath, type FieldSpec, SpecsByKind } from './field-spec.ts'
import { type Matcher, unanchored } from './go-regexp.ts'
import type { Image } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { BuildLimits } from './limits.ts'
import type { ResourceSet } from './resource-set.ts'
import { isMapping, isMissing, kindOf, type Mapping, own, plain, put, textOf } from './tree.ts'

/** Applies several images in order; each object is searched once for all of them. */
export function setImages(
  set: ResourceSet,
  images: readonly Image[],
  specs: readonly FieldSpec[],
  limits: BuildLimits,
): void {
  const updates = images.map(image => imageUpdate(image, limits.maxPatternSize))
  const byKind = new SpecsByKind(specs)
  for (const resource of set.resources) {
    if (resource.kind === 'CustomResourceDefinition') continue
    const containers = containersOf(resource.object)
    const selected = byKind.of(resource)
    for (const update of updates) {
      for (const container of containers) put(container, 'image', update(own(container, 'image')))
      for (const spec of selected) {
        applyPath(resource, spec, undefined, value => (value === undefined ? value : update(value)))
      }
    }
  }
}

function imageUpdate(image: Image, maxSize: number | undefined): (value: unknown) => unknown {
  const renamed = imageRenamer(image, maxSize)
  return value => {
    if (kindOf(value) !== 'ScalarNode') {
      throw new KustomizeError(
        `wrong node kind: expected ScalarNode but got ${kindOf(value)}: node contents:\n${stringify(plain(value))}`,
      )
    }
    return renamed(textOf(value)) ?? value
  }
}

/** Containers with an image are found wherever they are, in kinds nobody knows too. */
function containersOf(node: unknown, found: Mapping[] = []): Mapping[] {
  if (Array.isArray(node)) {
    for (const item of node) if (typeof item === 'object') containersOf(item, found)
    return found
  }
  if (!isMapping(node)) return found
  for (const key of Object.keys(node)) {
    const value = node[key]
    if (typeof value !== 'object') continue
    containersOf(value, found)
    if ((key !== 'containers' && key !== 'initContainers') || !Array.isArray(value)) continue
    for (const container of value) {
      if (!isMapping(container)) {
        throw new KustomizeError(
          `wrong node kind: expected MappingNode but got ${kindOf(container)}: node contents:\n${stringify(plain(container))}`,
        )
      }
      if (!isMissing(own(container, 'image'))) found.push(container)
    }
  }
  return found
}

/** Gives the new text of an image, undefined when it is not this one. */
function imageRenamer(image: Image, maxSize: number | undefined): (text: string) => string | undefined {
  const name = image.name ?? ''
  const suffix = '(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$'
  // The name is a regular expression upstream, by accident; only `.` occurs in real names.
  if (/^[\w\-/:.]*$/.test(name)) {
    const expression = new RegExp(`^${name.replaceAll('.', '[^\\n]')}${suffix}`, 'u')
    return text => (expression.test(text) ? withChanges(text, image) : undefined)
  }
  const rest = new RegExp(`^${suffix}`)
  let isMatch: Matcher
  try {
    isMatch = unanchored(`^${name}${suffix}`, maxSize)
  } catch (error) {
    if (!(error instanceof KustomizeError) || error.cure) throw error
    throw new KustomizeError(`image name '${name}' is no regular expression, as kustomize reads it`)
  }
  return text => {
    const matches = text.startsWith(name) && rest.test(text.slice(name.length))
    if (!matches && !isMatch(text)) return undefined
    return withChanges(text, image)
  }
}

function withChanges(text: string, image: Image): string {
  const old = splitImage(text)
  const name = image.newName || old.name
  let { tag, digest } = old
  if (image.newTag || image.digest) {
    tag = image.newTag ?? ''
    digest = image.digest ?? ''
  } else if (image.tagSuffix) {
    tag += image.tagSuffix
    digest = ''
  }
  return name + (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '')
}

/** Splits at the first `:` or `@` after the registry's host. */
export function splitImage(text: string): { name: string; tag: string; digest: string } {
  const slash = text.indexOf('/')
  const from = slash > 0 ? slash : 0
  const at = text.indexOf('@', from)
  const colon = text.indexOf(':', from)
  if (at < 0 && colon < 0) return { name: text, tag: '', digest: '' }
  if (at >= 0 && (at < colon || colon < 0)) return { name: text.slice(0, at), tag: '', digest: text.slice(at + 1) }
  if (at >= 0) return { name: text.slice(0, colon), tag: text.slice(colon + 1, at), digest: text.slice(at + 1) }
  return { name: text.slice(0, colon), tag: text.slice(colon + 1), digest: '' }
}
