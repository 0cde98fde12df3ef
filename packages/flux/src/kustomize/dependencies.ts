import { type Condition, conditionTypes, type Kustomization, type ObjectRef } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { CelError, type CelExpression, compileCel } from '../cel.ts'
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

/** Throws CelError when the expression can never be evaluated: it does not compile, or is no boolean. */
function isReadyBy(text: string, self: Kustomization, dependency: Kustomization): boolean {
  const wrong = (message: string) =>
    new CelError(`terminal error: failed to evaluate dependency ${dependency.metadata.name}: ${message}`)
  let expression: CelExpression
  try {
    expression = compileCel(text, ['self', 'dep'])
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
  // cel-go knows a bare selection to be of any type, which is not boolean for sure.
  if (expression.type !== 'bool')
    throw wrong(`CEL expression output type mismatch: expected bool, got ${expression.type}`)
  try {
    return expression.evaluate({ self, dep: dependency }) === true
  } catch {
    // A missing field may yet appear.
    return false
  }
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
