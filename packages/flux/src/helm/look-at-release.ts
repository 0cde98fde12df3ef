import type { ReleaseRecord } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { type Decision, decide, type Facts, rollbackTargetOf, type StoredRelease } from './decide.ts'
import { type Drift, isDrifted, lookForDrift } from './drift.ts'
import { PassError } from './pass-error.ts'
import type { ReleaseContext } from './release-context.ts'
import { driftModeOf } from './release-spec.ts'
import { isRecordOf } from './snapshot-of.ts'
import { latestOf, type Snapshots } from './snapshots.ts'
import { isDigestOf } from './values-digest.ts'

/** Which state a release is in, from what is stored and, where that is in sync, from the cluster; and what is to do. */
export interface Look {
  decision: Decision
  drift: Drift
  forced: boolean
  /** As long as nothing is told of, nothing needs to be looked at again. */
  isSettled: boolean
}

export async function lookAtRelease(context: ReleaseContext, takeForce: () => boolean): Promise<Look> {
  const { object, draft, records, slot, remembered } = context
  const forced = takeForce()
  if (!records.isRead && remembered) {
    // Nothing was written since the last look, and it needs no other if nothing else has changed either.
    const decision = decide(factsOf(context, forced, remembered))
    if (decision.state.kind === 'InSync' && decision.next.kind === 'done')
      return { decision, drift: [], forced, isSettled: true }
  }
  await slot(() => records.read()).catch(error => {
    throw stateError(context, `failed to retrieve last release from storage: ${messageOf(error)}`)
  })
  const facts = factsOf(context, forced, records.last && storedRelease(records.last, draft.value.history))
  const decision = decide(facts)
  const isSettled = decision.state.kind === 'InSync' && !records.isWritten
  if (decision.state.kind !== 'InSync' || driftModeOf(object) === 'disabled') {
    return { decision, drift: [], forced, isSettled }
  }
  const { drift, isWatched } = await slot(() => lookForDrift(context)).catch(error => {
    throw stateError(context, `unable to determine cluster state: ${messageOf(error)}`)
  })
  if (!drift.some(isDrifted)) return { decision, drift, forced, isSettled: isSettled && isWatched }
  return { decision: decide({ ...facts, drifted: true }), drift, forced: false, isSettled: false }
}

function factsOf(context: ReleaseContext, forced: boolean, stored: StoredRelease | undefined): Facts {
  const { object, draft, chart, values, digests } = context
  const latest = latestOf(draft.value.history)
  return {
    object,
    status: draft.value,
    stored,
    chart: { name: chart.metadata.name, version: chart.metadata.version },
    sameValues: latest !== undefined && isDigestOf(latest.configDigest, values),
    postRenderersDigest: digests.postRenderers,
    commonMetadataDigest: digests.commonMetadata,
    forced,
    rollbackTarget: rollbackTargetIn(context),
  }
}

export function storedRelease(record: ReleaseRecord, history: Snapshots | undefined): StoredRelease {
  const latest = latestOf(history)
  const { name = '', version = '' } = record.chart.metadata ?? {}
  return {
    status: record.info.status ?? 'unknown',
    chartName: name,
    chartVersion: version,
    isObserved: latest !== undefined && isRecordOf(latest, record),
  }
}

function rollbackTargetIn({ object, draft, records }: ReleaseContext): Facts['rollbackTarget'] {
  const target = rollbackTargetOf(object, draft.value)
  if (!target) return 'missing'
  const record = records.get(target.version)
  return record && isRecordOf(target, record) === true ? 'intact' : 'altered'
}

export function stateError({ draft, mask }: ReleaseContext, text: string): PassError {
  const message = mask(text)
  draft.mark('Ready', 'False', 'StateError', `Could not determine release state: ${message}`)
  return new PassError(`cannot determine release state: ${message}`)
}
