import {
  type ComplianceState,
  type Condition,
  conditionTypes,
  helmReasons,
  kustomizeReasons,
  reasons,
} from '@sluice/api'

/**
 * Whether an object is as declared, from what its controller says of it, and how many such answers make one. Azure documents
 * the words, not the rule; this is the rule that agrees with all of its documented samples.
 */
export interface Observed {
  generation?: number
  suspended?: boolean
  conditions?: readonly Condition[]
  observedGeneration?: number
}

export function objectCompliance(observed: Observed): ComplianceState {
  if (observed.suspended) return 'Suspended'
  const ready = observed.conditions?.find(c => c.type === conditionTypes.ready)
  if (!ready || ready.status === 'Unknown') return 'Pending'
  const { generation = 0 } = observed
  if (ready.status === 'False') {
    // A verdict on an older spec says nothing about this one.
    if ((ready.observedGeneration ?? generation) < generation) return 'Pending'
    return waitsForItsTurn(ready) ? 'Pending' : 'Non-Compliant'
  }
  const seen = observed.observedGeneration ?? ready.observedGeneration ?? generation
  const busy = observed.conditions?.some(c => c.type === conditionTypes.reconciling && c.status === 'True')
  return seen < generation || busy ? 'Pending' : 'Compliant'
}

/** Reason of a HelmChart. */
const NO_SOURCE_ARTIFACT = 'NoSourceArtifact'

/** One state for several objects. `suspended`: the configuration itself is. */
export function aggregateCompliance(states: readonly ComplianceState[], suspended = false): ComplianceState {
  if (suspended) return 'Suspended'
  if (states.includes('Non-Compliant')) return 'Non-Compliant'
  if (states.includes('Pending')) return 'Pending'
  if (states.length === 0 || states.includes('Unknown')) return 'Unknown'
  return states.every(state => state === 'Suspended') ? 'Suspended' : 'Compliant'
}

/**
 * An object whose dependency or source is still on its way has not failed. A dependency that does not exist, or that is in a
 * cycle, never comes, and is a failure.
 */
function waitsForItsTurn({ reason, message }: Condition): boolean {
  if (reason === reasons.dependencyNotReady) return !/not found|cycle|circular/i.test(message)
  // A chart that waits for its repository; the repository says whether it failed.
  if (reason === NO_SOURCE_ARTIFACT) return true
  // A HelmRelease repeats why its chart is not ready: a failure there is one here.
  if (reason === helmReasons.sourceNotReady) {
    return /has not been reconciled|does not have an artifact|no artifact available/.test(message)
  }
  return reason === kustomizeReasons.artifactFailed && /artifact not found|not ready/i.test(message)
}
