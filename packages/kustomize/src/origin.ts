/**
 * Where an object, or a change to it, comes from. kustomize writes it into annotations when `buildMetadata` asks for it.
 */
import { stringify } from '@sluice/yaml'
import type { Resource } from './resource.ts'
import { at, isMapping, own, put, stringMap } from './tree.ts'

export interface Origin {
  path?: string
  repo?: string
  ref?: string
  configuredIn?: string
  configuredBy?: { apiVersion?: string; kind?: string; name?: string; namespace?: string }
}

export const originAnnotation = 'config.kubernetes.io/origin'
export const transformationsAnnotation = 'alpha.config.kubernetes.io/transformations'

function fields(origin: Origin): object {
  const by = origin.configuredBy
  return {
    path: origin.path || undefined,
    repo: origin.repo || undefined,
    ref: origin.ref || undefined,
    configuredIn: origin.configuredIn || undefined,
    configuredBy: by && {
      apiVersion: by.apiVersion || undefined,
      kind: by.kind || undefined,
      name: by.name || undefined,
      namespace: by.namespace || undefined,
    },
  }
}

/** Writes where an object comes from into its annotations. */
export function setOrigin(resource: Resource, origin: Origin): void {
  setAnnotation(resource, originAnnotation, stringify(fields(origin), { keys: 'kept' }))
}

/** Notes a change to an object; one that has no origin, because a patch took it, gets this one. */
export function addTransformation(resource: Resource, origin: Origin): void {
  const annotations = at(resource.object, 'metadata', 'annotations')
  const texts = stringMap(annotations)
  if (!texts.has(originAnnotation)) {
    setOrigin(resource, origin)
    return
  }
  const before = texts.get(transformationsAnnotation) ?? ''
  setAnnotation(resource, transformationsAnnotation, before + stringify([fields(origin)], { keys: 'kept' }))
}

export function originPath(resource: Resource): string | undefined {
  const text = stringMap(at(resource.object, 'metadata', 'annotations')).get(originAnnotation)
  return /^path: (.*)$/m.exec(text ?? '')?.[1]
}

function setAnnotation(resource: Resource, key: string, text: string): void {
  const { metadata } = resource
  const annotations = own(metadata, 'annotations')
  if (isMapping(annotations)) put(annotations, key, text)
  else metadata.annotations = { [key]: text }
}
