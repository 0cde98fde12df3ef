import { createHash } from 'node:crypto'
import type { HelmRelease } from '@sluice/api'
import { durationOr } from '@sluice/controller'

/**
 * What a HelmRelease's spec comes to: names, namespaces, times and strategies with helm-controller's fallbacks.
 * Everything else in this folder asks here instead of reading the optional fields itself.
 */
export type HelmReleaseStatus = NonNullable<HelmRelease['status']>

/** What puts a release onto the cluster, and what a failure is counted for. */
export type ReleaseAction = 'install' | 'upgrade'

export type TimedAction = ReleaseAction | 'test' | 'rollback' | 'uninstall'

const TIMEOUT = 300_000
const RETRY_INTERVAL = 300_000
/** Longest name of a release. */
const NAME_MOST = 53
const HASH_LENGTH = 12

export const namespaceOf = (object: HelmRelease): string => object.metadata.namespace ?? ''

export const keyOf = (object: HelmRelease): string => `${namespaceOf(object)}/${object.metadata.name}`

/** Longer names than Helm takes end in a hash of the whole. */
export function releaseNameOf(object: HelmRelease): string {
  const { releaseName, targetNamespace } = object.spec
  const { name } = object.metadata
  const full = releaseName || (targetNamespace ? `${targetNamespace}-${name}` : name)
  if (full.length <= NAME_MOST) return full
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_LENGTH)
  return `${full.slice(0, NAME_MOST - HASH_LENGTH - 1)}-${hash}`
}

export const releaseNamespaceOf = (object: HelmRelease): string => object.spec.targetNamespace || namespaceOf(object)

export const storageNamespaceOf = (object: HelmRelease): string => object.spec.storageNamespace || namespaceOf(object)

/** Milliseconds. */
export function timeoutOf({ spec }: HelmRelease, action?: TimedAction): number {
  const own = action === undefined ? undefined : spec[action]?.timeout
  return durationOr(own, durationOr(spec.timeout, TIMEOUT))
}

export const maxHistoryOf = ({ spec }: HelmRelease): number => spec.maxHistory ?? 5

export const driftModeOf = ({ spec }: HelmRelease): 'enabled' | 'warn' | 'disabled' =>
  spec.driftDetection?.mode ?? 'disabled'

export interface Remediation {
  action: ReleaseAction
  /** Negative: without end. */
  retries: number
  ignoreTestFailures: boolean
  remediateLastFailure: boolean
  strategy: 'rollback' | 'uninstall'
}

export function remediationOf({ spec }: HelmRelease, action: ReleaseAction): Remediation {
  const { retries = 0, ignoreTestFailures, remediateLastFailure } = spec[action]?.remediation ?? {}
  const isInstall = action === 'install'
  return {
    action,
    retries,
    ignoreTestFailures: ignoreTestFailures ?? spec.test?.ignoreFailures ?? false,
    remediateLastFailure: remediateLastFailure ?? (!isInstall && retries > 0),
    strategy: isInstall ? 'uninstall' : (spec.upgrade?.remediation?.strategy ?? 'rollback'),
  }
}

/** Milliseconds until a failed action is tried again instead of being remediated; undefined when it is remediated. */
export function retryIntervalOf({ spec }: HelmRelease, action: ReleaseAction): number | undefined {
  const strategy = spec[action]?.strategy
  return strategy?.name === 'RetryOnFailure' ? durationOr(strategy.retryInterval, RETRY_INTERVAL) : undefined
}

/** That of the action that was last tried. */
export function activeRemediation(object: HelmRelease, status: HelmReleaseStatus): Remediation | undefined {
  const action = status.lastAttemptedReleaseAction
  return action && remediationOf(object, action)
}

export function activeRetryInterval(object: HelmRelease, status: HelmReleaseStatus): number | undefined {
  const action = status.lastAttemptedReleaseAction
  return action && retryIntervalOf(object, action)
}

export function failuresOf(action: ReleaseAction, status: HelmReleaseStatus): number {
  return (action === 'install' ? status.installFailures : status.upgradeFailures) ?? 0
}

export const isExhausted = (remediation: Remediation, status: HelmReleaseStatus): boolean =>
  remediation.retries >= 0 && failuresOf(remediation.action, status) > remediation.retries

/** Whether the test's outcome is the release's: failed tests that are not looked at are none. */
export function ignoresTestFailures(object: HelmRelease, status: HelmReleaseStatus): boolean {
  return activeRemediation(object, status)?.ignoreTestFailures ?? object.spec.test?.ignoreFailures ?? false
}
