import type { Condition, HelmRelease } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { isReadyBy } from '../ready-expression.ts'
import { namespaceOf } from './release-spec.ts'

/** Which dependency of a HelmRelease is not met, and why (helm-controller's `checkDependencies`). */
export interface Unmet {
  dependency: { namespace: string; name: string }
  message: string
}

/** Throws CelError for an expression that can never be evaluated. */
export function unmetDependency(
  object: HelmRelease,
  find: (namespace: string, name: string) => HelmRelease | undefined,
): Unmet | undefined {
  for (const { name, namespace = namespaceOf(object), readyExpr } of object.spec.dependsOn ?? []) {
    const id = `${namespace}/${name}`
    const unmet = (message: string): Unmet => ({ dependency: { namespace, name }, message })
    const dependency = find(namespace, name)
    if (!dependency) {
      return unmet(`unable to get '${id}' dependency: helmreleases.helm.toolkit.fluxcd.io "${name}" not found`)
    }
    if (readyExpr) {
      // As in Flux, an expression takes the place of the built-in check.
      if (isReadyBy(readyExpr, object, dependency)) continue
      return unmet(`dependency '${id}' is not ready according to readyExpr eval`)
    }
    const { status, metadata } = dependency
    const ready = conditionOf(status?.conditions as Condition[] | undefined, 'Ready')
    if (ready?.status !== 'True' || status?.observedGeneration !== metadata.generation) {
      return unmet(`dependency '${id}' is not ready`)
    }
  }
  return undefined
}
