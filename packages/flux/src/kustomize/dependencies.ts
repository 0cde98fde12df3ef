import { type Condition, conditionTypes, type Kustomization, type ObjectRef } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { sourceRefOf } from './source-ref.ts'

/**
 * Which dependency of a Kustomization is not met, and why, after kustomize-controller's `checkDependencies`: the
 * dependency exists, has observed its generation, is Ready, and has applied the same revision of the same source.
 */
export interface Unmet {
  dependency: { namespace: string; name: string }
  message: string
}

export function unmetDependency(
  object: Kustomization,
  revision: string,
  find: (namespace: string, name: string) => Kustomization | undefined,
): Unmet | undefined {
  for (const { name, namespace = object.metadata.namespace ?? '' } of object.spec.dependsOn ?? []) {
    const id = `${namespace}/${name}`
    const dependency = find(namespace, name)
    const unmet = (message: string): Unmet => ({ dependency: { namespace, name }, message })
    if (!dependency) {
      return unmet(`dependency '${id}' not found: kustomizations.kustomize.toolkit.fluxcd.io "${name}" not found`)
    }
    const { status, metadata } = dependency
    const ready = conditionOf(status?.conditions as Condition[] | undefined, conditionTypes.ready)
    if (ready?.status !== 'True' || status?.observedGeneration !== metadata.generation) {
      return unmet(`dependency '${id}' is not ready`)
    }
    if (sameSource(sourceRefOf(object), sourceRefOf(dependency)) && status?.lastAppliedRevision !== revision) {
      return unmet(`dependency '${id}' revision is not up to date`)
    }
  }
  return undefined
}

/**
 * The circle a Kustomization's dependencies run in, as `a -> b -> a`, or `undefined`. Flux waits for ever without a word;
 * we say what is wrong.
 */
export function dependencyCycle(
  object: Kustomization,
  find: (namespace: string, name: string) => Kustomization | undefined,
): string | undefined {
  const start = `${object.metadata.namespace}/${object.metadata.name}`
  const seen = new Set<string>()
  const walk = (at: Kustomization, path: string[]): string | undefined => {
    for (const { name, namespace = at.metadata.namespace ?? '' } of at.spec.dependsOn ?? []) {
      const id = `${namespace}/${name}`
      if (id === start) return [...path, id].join(' -> ')
      if (seen.has(id)) continue
      seen.add(id)
      const next = find(namespace, name)
      const found = next && walk(next, [...path, id])
      if (found) return found
    }
    return undefined
  }
  return walk(object, [start])
}

const sameSource = (a: ObjectRef, b: ObjectRef): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
