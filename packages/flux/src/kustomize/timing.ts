import type { Kustomization } from '@sluice/api'
import { durationOr } from '@sluice/controller'

/** A Kustomization's times in milliseconds, with kustomize-controller's fallbacks. */
export interface Timing {
  interval: number
  retryInterval: number
  timeout: number
}

const TIMEOUT_LEAST = 30_000

export function timingOf(object: Kustomization): Timing {
  const { spec } = object
  const interval = durationOr(spec.interval, 600_000)
  return {
    interval,
    retryInterval: durationOr(spec.retryInterval, interval),
    timeout: Math.max(TIMEOUT_LEAST, durationOr(spec.timeout, interval - TIMEOUT_LEAST)),
  }
}
