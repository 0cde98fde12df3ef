import { createHash } from 'node:crypto'
import { fieldManagers, groups, helmReasons, type KubeObject } from '@sluice/api'
import { compareForApply, formatRef, ignoredPaths, inParallel, refOf } from '@sluice/kube'
import { correctDrift, detectDrift, type JsonPatchOperation, type ObjectChange } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { objectsIn } from './inventory.ts'
import type { ReleaseContext } from './release-context.ts'
import { eventOf, snapshotFacts } from './release-events.ts'
import { driftModeOf, keyOf, timeoutOf } from './release-spec.ts'
import { fullName, latestOf } from './snapshots.ts'

/**
 * What has become of a release's objects, and how they are put right. An object that the tracker knows to be as we
 * found it last costs no request; a change to one wakes the release at once.
 */
export type Drift = readonly ObjectChange[]

export interface DriftLook {
  drift: Drift
  /** Every further change of an object will be told. */
  isWatched: boolean
}

/** `disabled` on an object: its changes are nobody's business. */
const MARK = `${groups.helm}/driftDetection`
const WINDOW = 8

type DriftContext = Pick<ReleaseContext, 'object' | 'target' | 'records' | 'signal' | 'settings'>

/** Throws when nothing can be said. An object that cannot be compared is left out when others have drifted. */
export async function lookForDrift(context: DriftContext): Promise<DriftLook> {
  const { object, records, target, signal, settings } = context
  const record = records.last
  if (!record) return { drift: [], isWatched: false }
  const { client, tracker } = target
  const owner = keyOf(object)
  const kinds = new Map(objectsIn(record.manifest).map(each => [`${each.apiVersion}/${each.kind}`, each]))
  await inParallel([...kinds.values()], WINDOW, kind => tracker.watch(kind).catch(() => false))
  const ignored = ignoredPaths(object.spec.driftDetection?.ignore ?? [])
  const isCurrent = (wanted: KubeObject) => tracker.isCurrent(refOf(wanted), owner, hashOf(wanted, ignored(wanted)))
  const { changes, errors } = await detectDrift(record, {
    client,
    manager: fieldManagers.helmController,
    ignored,
    isExcluded: isMarked,
    isCurrent,
    overridden: settings.overridden,
    signal,
  })
  for (const { action, live, wanted, ref } of changes) {
    if (!live || (action !== 'unchanged' && action !== 'changed')) continue
    tracker.begin(ref, owner)
    // One that has drifted never counts as known, but of every further change we are told.
    tracker.applied(live, owner, action === 'unchanged' ? hashOf(wanted, ignored(wanted)) : '')
  }
  if (errors.length > 0 && !changes.some(isDrifted)) {
    throw new Error(errors.length === 1 ? messageOf(errors[0]) : `[${errors.map(messageOf).join(', ')}]`)
  }
  const isWatched = errors.length === 0 && changes.every(each => each.action === 'excluded' || isCurrent(each.wanted))
  return { drift: changes, isWatched }
}

export const isDrifted = ({ action }: ObjectChange): boolean => action === 'added' || action === 'changed'

/** Puts the cluster right, without a new revision. What cannot be put right is told; the next look finds it again. */
export async function putRight(context: ReleaseContext, drift: Drift): Promise<void> {
  const { object, draft, target } = context
  const latest = latestOf(draft.value.history)
  if (driftModeOf(object) !== 'enabled' || !latest) return
  draft.mark('Ready', 'Unknown', 'Progressing', 'correcting cluster drift')
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutOf(object))])
  const inOrder = [...drift].sort((a, b) => compareForApply(a.ref, b.ref))
  const { corrected, errors } = await correctDrift(inOrder, {
    client: target.client,
    manager: fieldManagers.helmController,
    signal,
  })
  const done = corrected.map(({ change, action }) => `${formatRef(change.ref)} ${action}`).join('\n')
  const told = (severity: 'info' | 'error', reason: string, message: string) =>
    context.event(eventOf(severity, reason, message, snapshotFacts(latest)))
  if (errors.length > 0) {
    const how = `Failed to ${done && 'partially '}correct cluster state of release ${fullName(latest)}`
    const failures = context.mask(errors.map(messageOf).join('\n'))
    const message = `${how}:\n${failures}${done && `\n\nSuccessful corrections:\n${done}`}`
    told('error', helmReasons.driftCorrectionFailed, message)
  } else if (done) {
    const message = `Cluster state of release ${fullName(latest)} has been corrected:\n${done}`
    told('info', helmReasons.driftCorrected, message)
  }
}

/** A line an object. */
export function driftSummary(drift: Drift): string {
  const count = (patch: readonly JsonPatchOperation[], op: string) => patch.filter(each => each.op === op).length
  const lines = drift.flatMap(({ ref, action, patch }) => {
    if (action === 'added') return [`${formatRef(ref)} removed`]
    if (action === 'excluded') return [`${formatRef(ref)} excluded`]
    if (action !== 'changed') return []
    const [added, changed, removed] = ['add', 'replace', 'remove'].map(op => count(patch, op))
    return [`${formatRef(ref)} changed (${added} additions, ${changed} changes, ${removed} removals)`]
  })
  return lines.join('\n')
}

export const isMarked = ({ metadata: { labels, annotations } }: KubeObject): boolean =>
  labels?.[MARK] === 'disabled' || annotations?.[MARK] === 'disabled'

function hashOf(wanted: KubeObject, ignored: readonly string[]): string {
  return createHash('sha1')
    .update(JSON.stringify([wanted, ignored]))
    .digest('base64url')
}
