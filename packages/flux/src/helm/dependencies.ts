import type { HelmRelease } from '@sluice/api'
import { type Unmet, unmetDependency } from '../unmet-dependency.ts'

/** Which dependency of a HelmRelease is not met, and why. Throws CelError as {@link unmetDependency} does. */
export function unmetRelease(
  object: HelmRelease,
  find: (namespace: string, name: string) => HelmRelease | undefined,
  isAdditive: boolean,
): Unmet | undefined {
  const missing = (id: string, name: string) =>
    `unable to get '${id}' dependency: helmreleases.helm.toolkit.fluxcd.io "${name}" not found`
  return unmetDependency(object, { find, missing, isAdditive })
}
