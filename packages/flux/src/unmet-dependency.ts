import type { Condition, KubeObject } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { dependencyCycle } from './dependency-cycle.ts'
import { isReadyBy } from './ready-expression.ts'

/** Which object that another one depends on is not as it must be, and why, after Flux's `checkDependencies`. */
export interface Unmet {
  /** `<namespace>/<name>` of the dependency. */
  dependency: string
  message: string
}

/** What depends on others of its kind. */
export interface DependentObject extends KubeObject {
  spec: { dependsOn?: { name: string; namespace?: string; readyExpr?: string }[] }
  status?: { conditions?: unknown[]; observedGeneration?: number }
}

export interface DependencyRules<T> {
  /** Of this kind, from the cache. */
  find: (namespace: string, name: string) => T | undefined
  /** What is said of one that is not there. */
  missing: (id: string, name: string) => string
  /** What a dependency that is Ready may lack nevertheless, in words. */
  lack?: (dependency: T) => string | undefined
  /** A `readyExpr` adds to the built-in checks instead of replacing them (`AdditiveCELDependencyCheck`). */
  isAdditive: boolean
}

/** Throws CelError for an expression that can never be evaluated. */
export function unmetDependency<T extends DependentObject>(object: T, rules: DependencyRules<T>): Unmet | undefined {
  for (const { name, namespace = object.metadata.namespace ?? '', readyExpr } of object.spec.dependsOn ?? []) {
    const dependency = `${namespace}/${name}`
    const found = rules.find(namespace, name)
    const reason = found ? problemOf(object, found, readyExpr, rules) : rules.missing(dependency, name)
    if (!reason) continue
    const message = found ? `dependency '${dependency}' ${reason}` : reason
    const cycle = dependencyCycle(object, rules.find)
    return { dependency, message: cycle ? `${message}: dependency cycle ${cycle}` : message }
  }
  return undefined
}

function problemOf<T extends DependentObject>(
  object: T,
  dependency: T,
  readyExpr: string | undefined,
  { lack, isAdditive }: DependencyRules<T>,
): string | undefined {
  if (readyExpr) {
    if (!isReadyBy(readyExpr, object, dependency)) return 'is not ready according to readyExpr eval'
    if (!isAdditive) return undefined
  }
  const { status, metadata } = dependency
  const ready = conditionOf(status?.conditions as Condition[] | undefined, 'Ready')
  if (ready?.status !== 'True' || status?.observedGeneration !== metadata.generation) return 'is not ready'
  return lack?.(dependency)
}
