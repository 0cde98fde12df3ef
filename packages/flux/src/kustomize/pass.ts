import {
  type Artifact,
  annotations,
  type InventoryEntry,
  type KubeObject,
  type Kustomization,
  kustomizeReasons,
  originMetadata,
  reasons,
} from '@sluice/api'
import { type EventDraft, formatDuration, type Outcome, type ReconcileContext, timestamp } from '@sluice/controller'
import { type Applied, formatRef, inventoryEntry, NoMatchError, refOf } from '@sluice/kube'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
import type { HealthRules } from '../health-rules.ts'
import { jittered } from '../jittered.ts'
import { messageOf } from '../message-of.ts'
import { applyManifests } from './apply-manifests.ts'
import { revisionMetadata } from './event-metadata.ts'
import type { HealthChecks } from './health-checks.ts'
import { withHistory } from './history.ts'
import type { Built, ManifestBuilder } from './manifest-builder.ts'
import { pruneStale, staleEntries } from './prune-stale.ts'
import { StepError } from './step-error.ts'
import { type Timing, timingOf } from './timing.ts'
import { concluded, type HealthWord, type KustomizationStatus, type Verdict } from './verdict.ts'

/**
 * One pass of a Kustomization from its artifact to a verdict: fetch, build, apply, prune, health. A pass that has to wait
 * ends this run and is entered again from the top when what it waits for changes: builds are cached by content and the
 * tracker knows which objects are as we left them, so that what was done before costs nothing.
 */
export interface PassState {
  readonly revision: string
  readonly generation: number | undefined
  /** `performance.now()` at its start. */
  readonly began: number
  /** `Kind/namespace/name created`, in the order it happened, until an event has told of it. */
  changes: string[]
  changedAnything: boolean
  /** Since when a stage of definitions or classes is waited for. */
  stageBegan?: number
  healthBegan?: number
}

export interface PassParts {
  builder: ManifestBuilder
  targets: ClusterTargets
  health: HealthChecks
  jitterPercentage: number
  overridden: readonly string[]
  rules: HealthRules
}

export interface PassResult {
  outcome: Outcome<KustomizationStatus>
  /** The pass goes on when something changes; otherwise it has its verdict. */
  waiting: boolean
  unhealthy: boolean
}

/** How long Flux waits for definitions, namespaces and classes, in milliseconds. */
const STAGE_TIMEOUT = 60_000

export async function runPass(
  object: Kustomization,
  artifact: Artifact,
  state: PassState,
  parts: PassParts,
  context: ReconcileContext<KustomizationStatus>,
): Promise<PassResult> {
  const run = new PassRun(object, artifact, state, parts, context)
  try {
    return await run.steps()
  } catch (error) {
    if (context.signal.aborted) throw error
    return run.failed(error)
  }
}

class PassRun {
  readonly #object: Kustomization
  readonly #artifact: Artifact
  readonly #state: PassState
  readonly #parts: PassParts
  readonly #context: ReconcileContext<KustomizationStatus>
  readonly #key: string
  readonly #timing: Timing
  readonly #metadata: Record<string, string>
  readonly #events: EventDraft[] = []
  /** What this run created or changed. */
  readonly #touched: InventoryEntry[] = []
  #status: KustomizationStatus
  #step: string
  #built: Built | undefined

  constructor(
    object: Kustomization,
    artifact: Artifact,
    state: PassState,
    parts: PassParts,
    context: ReconcileContext<KustomizationStatus>,
  ) {
    this.#object = object
    this.#artifact = artifact
    this.#state = state
    this.#parts = parts
    this.#context = context
    this.#key = `${object.metadata.namespace}/${object.metadata.name}`
    this.#timing = timingOf(object)
    this.#metadata = revisionMetadata(artifact)
    this.#status = object.status ?? {}
    this.#step = this.#doing('Fetching manifests')
  }

  async steps(): Promise<PassResult> {
    const { builder, targets, health, overridden } = this.#parts
    const { signal } = this.#context
    const tree = await builder.tree(this.#object, this.#artifact, signal)
    this.#status = { ...this.#status, lastAttemptedRevision: this.#state.revision }
    this.#step = this.#doing('Building manifests')
    const target = await targets.of(this.#object)
    this.#built = await builder.build(this.#key, this.#object, tree, signal)
    this.#step = this.#doing('Detecting drift')
    await this.#claim(this.#built, target)
    const set = await applyManifests({
      owner: this.#key,
      object: this.#object,
      objects: this.#built.objects,
      target,
      overridden,
      signal,
      onChange: applied => this.#noteChange(applied),
    })
    if (set.waiting) return this.#waitForStage(set.waiting)
    this.#state.stageBegan = undefined
    const entries = set.applied.map(({ ref }) => inventoryEntry(ref))
    await this.#prune(entries, target)
    const healthBegan = performance.now()
    const answer = await health.check(this.#key, this.#object, set.applied, target, this.#parts.rules)
    if (!answer) return this.#succeeded(null)
    this.#step = this.#doing('Running health checks')
    this.#state.healthBegan ??= healthBegan
    const waited = performance.now() - this.#state.healthBegan
    if (answer.kind === 'failed') return this.#unhealthy(answer.message, waited)
    if (answer.kind === 'healthy') {
      const message = `Health check passed in ${formatDuration(round(waited))}`
      return this.#succeeded({ status: 'True', reason: reasons.succeeded, message })
    }
    const left = this.#timing.timeout - waited
    if (left <= 0) return this.#unhealthy(`timeout waiting for: [${answer.pending}]`, waited)
    return this.#wait(this.#conclude({ kind: 'progressing', step: this.#step, health: true }), left)
  }

  failed(error: unknown): PassResult {
    const known = error instanceof StepError
    const reason = known ? error.reason : kustomizeReasons.reconciliationFailed
    // Flux ends the text of a failed apply with what was changed until then.
    const isApply = this.#step === this.#doing('Detecting drift') && reason === kustomizeReasons.reconciliationFailed
    const withChanges = isApply && !messageOf(error).includes('SOPS') ? `\n${this.#state.changes.join('\n')}` : ''
    const message = messageOf(error) + withChanges
    const eventMessage = (known ? error.eventMessage : messageOf(error)) + withChanges
    if (this.#built && reason !== kustomizeReasons.buildFailed) this.#noteOutcome(reason)
    this.#keepTouched()
    this.#events.push({ severity: 'error', reason, message: eventMessage, metadata: this.#metadata })
    return this.#retry(this.#conclude({ kind: 'failed', reason, message, step: this.#step }), false)
  }

  #unhealthy(message: string, waited: number): PassResult {
    const reason = kustomizeReasons.healthCheckFailed
    const full = `health check failed after ${formatDuration(round(waited))}: ${message}`
    this.#noteOutcome(reason)
    this.#tellChanges()
    this.#events.push({ severity: 'error', reason, message: full, metadata: this.#metadata })
    const health: HealthWord = { status: 'False', reason, message }
    return this.#retry(this.#conclude({ kind: 'failed', reason, message: full, step: this.#step }, health), true)
  }

  #succeeded(health: HealthWord | null): PassResult {
    const { revision } = this.#state
    const next = { kind: 'done', after: jittered(this.#timing.interval, this.#parts) } as const
    if (this.#isQuiet()) {
      return { outcome: { status: this.#object.status ?? {}, next }, waiting: false, unhealthy: false }
    }
    const originRevision = this.#artifact.metadata?.[originMetadata.revision]
    const wasHealthy = this.#status.conditions?.some(c => c.type === 'Healthy' && c.status === 'True') ?? false
    const changed = this.#state.changedAnything
    this.#tellChanges()
    if (health && (!wasHealthy || (changed && this.#object.status?.lastAppliedRevision !== revision))) {
      const { message } = health
      this.#events.push({ severity: 'info', reason: reasons.progressing, message, metadata: this.#metadata })
    }
    const reason = kustomizeReasons.reconciliationSucceeded
    this.#noteOutcome(reason)
    const took = formatDuration(round(performance.now() - this.#state.began))
    const interval = formatDuration(this.#timing.interval)
    this.#events.push({
      severity: 'info',
      reason,
      message: `Reconciliation finished in ${took}, next run in ${interval}`,
      metadata: { ...this.#metadata, [annotations.kustomizeCommitStatus]: 'update' },
    })
    const status = this.#conclude({ kind: 'succeeded', revision, originRevision }, health)
    return { outcome: { status, events: this.#events, next }, waiting: false, unhealthy: false }
  }

  /** Nothing was asked for, nothing is new, nothing was changed: a look that leaves no trace. */
  #isQuiet(): boolean {
    const { status, metadata } = this.#object
    const ready = status?.conditions?.find(c => c.type === 'Ready')
    const asked = metadata.annotations?.[annotations.requestedAt]
    return (
      !this.#state.changedAnything &&
      this.#events.length === 0 &&
      ready?.status === 'True' &&
      !status?.conditions?.some(c => c.type === 'Reconciling' || c.type === 'Stalled') &&
      status?.observedGeneration === metadata.generation &&
      status?.lastAppliedRevision === this.#state.revision &&
      (asked === undefined || status?.lastHandledReconcileAt === asked)
    )
  }

  async #prune(entries: InventoryEntry[], target: Target): Promise<void> {
    const stale = staleEntries(this.#status.inventory?.entries ?? [], entries)
    this.#status = { ...this.#status, inventory: { entries } }
    if (stale.length === 0) return
    const { signal } = this.#context
    const pruned = await pruneStale(this.#object, stale, target, signal)
    for (const ref of pruned.released) target.tracker.release(ref, this.#key)
    if (pruned.kept.length > 0) this.#status = { ...this.#status, inventory: { entries: [...entries, ...pruned.kept] } }
    if (pruned.error) throw new StepError(kustomizeReasons.pruneFailed, pruned.error)
    if (pruned.lines.length === 0) return
    this.#tellChanges()
    this.#state.changedAnything = true
    const message = pruned.lines.join('\n')
    this.#events.push({ severity: 'info', reason: reasons.progressing, message, metadata: this.#metadata })
  }

  #waitForStage(pending: string): PassResult {
    this.#state.stageBegan ??= performance.now()
    const left = this.#state.stageBegan + STAGE_TIMEOUT - performance.now()
    if (left <= 0) throw new StepError(kustomizeReasons.reconciliationFailed, `timeout waiting for: [${pending}]`)
    return this.#wait(this.#conclude({ kind: 'progressing', step: this.#step }), left)
  }

  #wait(status: KustomizationStatus, after: number): PassResult {
    this.#tellChanges()
    return { outcome: { status, events: this.#events, next: { kind: 'wait', after } }, waiting: true, unhealthy: false }
  }

  #retry(status: KustomizationStatus, unhealthy: boolean): PassResult {
    const next = { kind: 'retry', after: this.#timing.retryInterval } as const
    return { outcome: { status, events: this.#events, next }, waiting: false, unhealthy }
  }

  #conclude(verdict: Verdict, health?: HealthWord | null): KustomizationStatus {
    return concluded(this.#status, verdict, this.#object.metadata.generation, this.#context.now, health)
  }

  #noteChange({ ref, action }: Applied): void {
    this.#state.changes.push(`${formatRef(ref)} ${action}`)
    this.#state.changedAnything = true
    this.#touched.push(inventoryEntry(ref))
  }

  /**
   * Writes what is about to be created into the inventory first: if we die between an apply and its answer, the next one
   * still knows whose objects they are. A pass that adds nothing writes nothing here.
   */
  async #claim(built: Built, target: Target): Promise<void> {
    const known = this.#status.inventory?.entries ?? []
    const planned = await Promise.all(built.objects.map(object => plannedEntry(object, target)))
    const added = staleEntries(planned, known)
    if (added.length === 0) return
    await this.#context.progress({ ...this.#status, inventory: { entries: [...known, ...added] } })
  }

  #tellChanges(): void {
    if (this.#state.changes.length === 0) return
    const message = this.#state.changes.join('\n')
    this.#state.changes = []
    this.#events.push({ severity: 'info', reason: reasons.progressing, message, metadata: this.#metadata })
  }

  /** A pass that failed half-way owns what it had before and what it made. */
  #keepTouched(): void {
    const known = this.#status.inventory?.entries ?? []
    const added = staleEntries(this.#touched, known)
    if (added.length > 0) this.#status = { ...this.#status, inventory: { entries: [...known, ...added] } }
  }

  #noteOutcome(outcome: string): void {
    if (!this.#built) return
    const history = withHistory(this.#status.history, {
      digest: this.#built.digest,
      outcome,
      at: timestamp(this.#context.now),
      took: formatDuration(round(performance.now() - this.#state.began)),
      revision: this.#state.revision,
      originRevision: this.#artifact.metadata?.[originMetadata.revision],
    })
    this.#status = { ...this.#status, history }
  }

  #doing(what: string): string {
    return `${what} for revision ${this.#artifact.revision} with a timeout of ${formatDuration(this.#timing.timeout)}`
  }
}

/** The entry an object will have: cluster-scoped kinds lose a namespace they came with. */
async function plannedEntry(object: KubeObject, { client }: Target): Promise<InventoryEntry> {
  const ref = refOf(object)
  try {
    const { namespaced } = await client.discovery.resourceFor(ref.apiVersion, ref.kind)
    return inventoryEntry(namespaced ? ref : { ...ref, namespace: undefined })
  } catch (error) {
    // Its definition comes with it, or the apply will say that nobody serves it.
    if (error instanceof NoMatchError) return inventoryEntry(ref)
    throw error
  }
}

/** Durations in texts have microseconds at most. */
const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
