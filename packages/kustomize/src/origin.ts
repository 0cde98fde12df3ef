/**
 * Where an object, or a change to it, comes from. kustomize writes it into annotations when `buildMetadata` asks for it.
 */
import { stringify } from '@sluice/yaml'

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

export function originText(origin: Origin): string {
  return stringify(fields(origin), { keys: 'kept' })
}

export function transformationsText(origins: readonly Origin[]): string {
  return stringify(origins.map(fields), { keys: 'kept' })
}
