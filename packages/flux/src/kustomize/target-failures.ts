import { kustomizeReasons } from '@sluice/api'
import type { TargetFailures } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'
import { StepError } from './step-error.ts'

/** What is wrong with a Kustomization's `spec.kubeConfig`, in the words of kustomize-controller. */
export const targetFailures: TargetFailures = {
  unreadable: (kind, id, error) =>
    clientError(
      `unable to read KubeConfig ${kind === 'Secret' ? 'secret' : 'configmap'} '${id}' error: ${messageOf(error)}`,
    ),
  keyMissing: (id, key) =>
    clientError(`KubeConfig secret '${id}' does not contain a '${key ?? 'value'}' key with a kubeconfig`),
  invalid: (_, error) => clientError(messageOf(error)),
  noProvider: provider => clientError(`provider '${provider}' not implemented`),
}

function clientError(message: string): StepError {
  return new StepError(kustomizeReasons.reconciliationFailed, message, `failed to build kube client: ${message}`)
}
