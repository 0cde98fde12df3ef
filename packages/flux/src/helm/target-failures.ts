import type { TargetFailures } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'

/** No client for the cluster a release goes to. */
export class TargetError extends Error {
  override name = 'TargetError'
  /** The Secret that says how to reach it is not there. */
  readonly isMissing: boolean

  constructor(message: string, isMissing = false, options?: ErrorOptions) {
    super(message, options)
    this.isMissing = isMissing
  }
}

/** What is wrong with a HelmRelease's `spec.kubeConfig`, in the words of helm-controller. */
export const targetFailures: TargetFailures = {
  unreadable: (kind, id, error) => {
    const what = kind === 'Secret' ? 'secret' : 'configmap'
    return new TargetError(`could not get KubeConfig ${what} '${id}': ${messageOf(error)}`, true, { cause: error })
  },
  keyMissing: (id, key) => {
    const keys = key ? `'${key}' key` : "'value' or 'value.yaml' key"
    return new TargetError(`KubeConfig secret '${id}' does not contain a ${keys} with data`)
  },
  invalid: (id, error) =>
    new TargetError(`failed to load KubeConfig from secret '${id}': ${messageOf(error)}`, false, { cause: error }),
  noProvider: provider => new TargetError(`provider '${provider}' not implemented`),
}
