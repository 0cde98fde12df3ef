import type { Kustomization, ObjectRef } from '@sluice/api'
import { type Unmet, unmetDependency } from '../unmet-dependency.ts'
import { sourceRefOf } from './source-ref.ts'

/**
 * Which dependency of a Kustomization is not met, and why: the same as everywhere, and it must have applied the same
 * `revision` where both have the same source. Throws CelError as {@link unmetDependency} does.
 */
export function unmetKustomization(
  object: Kustomization,
  revision: string,
  find: (namespace: string, name: string) => Kustomization | undefined,
  isAdditive: boolean,
): Unmet | undefined {
  const missing = (id: string, name: string) =>
    `dependency '${id}' not found: kustomizations.kustomize.toolkit.fluxcd.io "${name}" not found`
  const lack = (dependency: Kustomization) =>
    isSame(sourceRefOf(object), sourceRefOf(dependency)) && dependency.status?.lastAppliedRevision !== revision
      ? 'revision is not up to date'
      : undefined
  return unmetDependency(object, { find, missing, lack, isAdditive })
}

const isSame = (a: ObjectRef, b: ObjectRef): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
