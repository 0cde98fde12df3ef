/**
 * What the reconciliation of every source kind is framed by: suspension, progress that is told when it takes long, what a
 * failure means, and which events are worth an API request. The steps themselves are the kind's.
 */
import type { Artifact, Condition, KubeObject } from '@sluice/api'
import type { CommonStatus, EventDraft, Outcome, ReconcileContext } from '@sluice/controller'
import { ConditionSet } from './condition-set.ts'
import { LateProgress } from './late-progress.ts'
import { SourceFailure } from './source-failure.ts'
import { type Ending, endOf } from './source-outcome.ts'

export interface SourceStatus extends CommonStatus {
  artifact?: Artifact
  /** Address of the newest artifact that stays the same; not of every kind. */
  url?: string
}

export interface SourceObject<S extends SourceStatus> extends KubeObject {
  spec: { suspend?: boolean }
  status?: S
}

/** A pass under way: the kind's steps change it in place. */
export interface SourcePass<S extends SourceStatus> {
  status: S
  conditions: ConditionSet
  /** What is told however the pass ends. */
  events: EventDraft[]
  /** As they were before the pass. */
  readonly before: Artifact | undefined
  readonly conditionsBefore: readonly Condition[]
}

/**
 * @param steps gives the events of success. @throws {SourceFailure}
 * @param intervalMs until the next look when all went well
 */
export async function reconcileSource<S extends SourceStatus>(
  object: SourceObject<S>,
  context: ReconcileContext<S>,
  intervalMs: number,
  steps: (pass: SourcePass<S>) => Promise<EventDraft[]>,
): Promise<Outcome<S>> {
  const { generation } = object.metadata
  const conditions = new ConditionSet(object.status?.conditions, generation, context.now)
  // What is there of a status belongs to the kind.
  const status = { ...object.status } as S
  if (object.spec.suspend) return suspended(object, status, conditions)

  const progress = new LateProgress(() => context.progress({ ...status, conditions: conditions.list }))
  const events: EventDraft[] = []
  let failure: SourceFailure | undefined
  try {
    const pass = { status, conditions, events, before: status.artifact, conditionsBefore: conditions.list }
    begin(object, pass)
    events.push(...(await steps(pass)))
  } catch (error) {
    // The controller's own end is no failure of the source's.
    if (context.signal.aborted) throw error
    failure = error instanceof SourceFailure ? error : unforeseen(error)
    if (failure !== error) context.log.error({ err: error }, 'reconciliation failed unexpectedly')
  } finally {
    await progress.end()
  }
  const ending = endOf(conditions, failure, intervalMs)
  if (ending.event) events.push(ending.event)
  return outcome(object, status, conditions, ending, worthTelling(object, events))
}

function begin<S extends SourceStatus>(
  { metadata: { generation } }: SourceObject<S>,
  { status, conditions }: SourcePass<S>,
): void {
  const observed = status.observedGeneration ?? 0
  conditions.progress('reconciliation in progress')
  if (generation !== observed) {
    conditions.progress(`processing object: new generation ${observed} -> ${generation}`)
  }
  conditions.remove('StorageOperationFailed')
}

/** A full disk, a directory without permission: said where users look, not only in the log. */
function unforeseen(error: unknown): SourceFailure {
  const message = error instanceof Error ? error.message : String(error)
  return new SourceFailure('StorageOperationFailed', 'Failed', message, { cause: error })
}

/** Nothing is fetched; what is known is summarised again for the present generation. */
function suspended<S extends SourceStatus>(object: SourceObject<S>, status: S, conditions: ConditionSet): Outcome<S> {
  conditions.remove('Stalled')
  conditions.summarise()
  const ending: Ending = { observed: conditions.size > 0, next: { kind: 'stalled' }, event: undefined }
  return outcome(object, status, conditions, ending, [])
}

function outcome<S extends SourceStatus>(
  object: SourceObject<S>,
  status: S,
  conditions: ConditionSet,
  { observed, next }: Ending,
  events: EventDraft[],
): Outcome<S> {
  const observedGeneration = observed ? object.metadata.generation : status.observedGeneration
  const list = conditions.list
  return { status: { ...status, observedGeneration, conditions: list.length > 0 ? list : undefined }, next, events }
}

const NOTHING_MOVED = new Set(['GitOperationSucceeded', 'ArtifactUpToDate'])

/**
 * Flux writes an event also when its interval found nothing new. Here that is told only to somebody who asked, by a
 * request or a changed object, or after a failure: an idle cluster shall cost its API server nothing.
 */
function worthTelling<S extends SourceStatus>(
  { metadata, status }: SourceObject<S>,
  events: EventDraft[],
): EventDraft[] {
  const requested = metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
  const asked =
    metadata.generation !== status?.observedGeneration ||
    (requested !== undefined && requested !== status?.lastHandledReconcileAt) ||
    status?.conditions?.some(condition => condition.type === 'Ready' && condition.status !== 'True')
  return asked ? events : events.filter(event => !NOTHING_MOVED.has(event.reason))
}
