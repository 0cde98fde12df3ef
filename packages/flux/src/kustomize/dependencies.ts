import { type Condition, conditionTypes, type Kustomization, type ObjectRef } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { isReadyBy } from '../ready-expression.ts'
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
  for (const { name, namespace = object.metadata.namespace ?? '', readyExpr } of object.spec.dependsOn ?? []) {
    const id = `${namespace}/${name}`
    const dependency = find(namespace, name)
    const unmet = (message: string): Unmet => ({ dependency: { namespace, name }, message })
    if (!dependency) {
      return unmet(`dependency '${id}' not found: kustomizations.kustomize.toolkit.fluxcd.io "${name}" not found`)
    }
    if (readyExpr) {
      // As in Flux, an expression takes the place of the built-in checks.
      if (isReadyBy(readyExpr, object, dependency)) continue
      return unmet(`dependency '${id}' is not ready according to readyExpr eval`)
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

const sameSource = (a: ObjectRef, b: ObjectRef): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
