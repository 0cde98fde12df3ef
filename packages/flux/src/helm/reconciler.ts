import {
  type Artifact,
  controllers,
  fieldManagers,
  finalizers,
  groups,
  type HelmRelease,
  helmReasons,
  helmRelease,
  isKind,
  type KubeObject,
  labels,
  reasons,
} from '@sluice/api'
import {
  durationOr,
  type EventDraft,
  type EventRecorder,
  type FinalOutcome,
  formatDuration,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Runtime,
  type Wake,
} from '@sluice/controller'
import type { Informer } from '@sluice/kube'
import type { HealthRule, Slot } from '@sluice/release'
import { ClusterTargets } from '../cluster-targets.ts'
import { ConfigWatch } from '../config-watch.ts'
import { dependencyCycle } from '../dependency-cycle.ts'
import { Dependents } from '../dependents.ts'
import { healthBy, healthRules, ruleFor } from '../health-rules.ts'
import { jittered } from '../jittered.ts'
import { messageOf } from '../message-of.ts'
import { ChartCache } from './chart-cache.ts'
import { CHART_SOURCES, chartSourceOf } from './chart-source.ts'
import type { StoredRelease } from './decide.ts'
import { unmetDependency } from './dependencies.ts'
import { finalizeRelease } from './finalize.ts'
import { noting } from './noting.ts'
import { PassError, type PassResult, runPass } from './pass.ts'
import { type PrepareParts, Prevented, prepare } from './prepare.ts'
import { RecordWatch } from './record-watch.ts'
import {
  driftModeOf,
  type HelmReleaseStatus,
  keyOf,
  namespaceOf,
  releaseNameOf,
  storageNamespaceOf,
} from './release-spec.ts'
import { takeRequest } from './requests.ts'
import { slots } from './slots.ts'
import { latestOf } from './snapshots.ts'
import { SourceChanges } from './source-changes.ts'
import { artifactOf, hasTried, isNews } from './source-news.ts'
import { StatusDraft } from './status-draft.ts'
import { targetFailures } from './target-failures.ts'
import { Waiters } from './waiters.ts'

/**
 * The Helm controller, as helm-controller 1.6 behaves: keeps releases equal to their HelmReleases. Woken by its
 * chart's revisions, by what it depends on, by changes of its records and of its objects. What waits for the cluster
 * holds no worker: work is bounded by slots, not by the number of reconciliations.
 */
export interface HelmOptions {
  runtime: Runtime
  /** Refuse charts of other namespaces (`--no-cross-namespace-refs`). */
  noCrossNamespaceRefs?: boolean
  /** Account to release as when a spec names none (`--default-service-account`). */
  defaultServiceAccount?: string
  /** Correct drift also where a release does not say what to do about it (feature gate `DetectDrift`). */
  detectDrift?: boolean
  /** Charts may come from ExternalArtifacts (feature gate `ExternalArtifact`). */
  externalArtifacts?: boolean
  /** Milliseconds after which what cannot wake us is looked at again (`--requeue-dependency`). */
  requeueDependency?: number
  /** Spread of the interval (`--interval-jitter-percentage`). */
  jitterPercentage?: number
  /** Stretches of work at once (`--concurrent`). */
  concurrency?: number
}

/** A release found in sync, and what it would have to be looked at again for. */
interface Remembered {
  generation: number | undefined
  /** Of its records. */
  mark: number | undefined
  /** Of the snapshot that its newest record was compared with. */
  digest: string | undefined
  stored: StoredRelease
}

interface Memo {
  remembered?: Remembered
  /** What the pass under way does with its source. */
  attending?: Artifact | 'looking'
  /** Its chart was not ready, or not there: whatever becomes of the source is worth a look. */
  waitingForChart?: boolean
}

const SLOTS = 16
/** More releases than this never wait for the cluster at once. */
const UNBOUNDED = 100_000
/** How long changes are gathered that are only told of, in milliseconds: what changes together is told together. */
const GATHER = 1000

export class HelmReconciler implements Reconciler<HelmRelease, HelmReleaseStatus> {
  readonly name = controllers.helm
  readonly kind = { apiVersion: `${groups.helm}/v2`, kind: 'HelmRelease' }
  readonly statusManager = fieldManagers.helmController
  readonly finalizer = finalizers.flux
  readonly reconcilesSuspended = true
  readonly concurrency = UNBOUNDED
  readonly #options: HelmOptions
  readonly #events: EventRecorder
  readonly #targets: ClusterTargets
  readonly #waiters = new Waiters()
  readonly #charts = new ChartCache()
  readonly #sourceChanges = new SourceChanges()
  readonly #slot: Slot
  readonly #memos = new Map<string, Memo>()
  readonly #dependents = new Dependents()
  readonly #sources: ReadonlyMap<string, Informer>
  readonly #releases: Informer
  readonly #configs: ConfigWatch
  readonly #records: RecordWatch
  #wake: Wake = () => {}

  constructor(options: HelmOptions) {
    const { runtime, concurrency = SLOTS } = options
    this.#options = options
    this.#slot = slots(concurrency)
    this.#events = runtime.events(this.name)
    this.#releases = runtime.informer(this.kind)
    const kinds = CHART_SOURCES.map(
      kind => [kind, runtime.informer({ apiVersion: `${groups.source}/v1`, kind })] as const,
    )
    this.#sources = new Map(kinds)
    this.#targets = new ClusterTargets({
      client: runtime.client,
      manager: fieldManagers.helmController,
      label: labels.helmReleaseName,
      ownsUpdates: true,
      defaultServiceAccount: options.defaultServiceAccount,
      failures: targetFailures,
      onDrift: owner => this.#wakeDrifted(owner),
      onHealth: () => {},
      onError: error => runtime.log.warn({ err: error }, 'watch of released objects broke off, trying again'),
    })
    this.#records = new RecordWatch(runtime)
    this.#configs = new ConfigWatch(runtime, (kind, namespace, name) => this.#wakeReferrersOf(kind, namespace, name))
  }

  start(wake: Wake): void {
    this.#wake = wake
    for (const informer of this.#sources.values()) {
      informer.onChange(({ type, object, before }) => {
        this.#sourceChanges.tell(object)
        if (type !== 'deleted') this.#wakeUsersOf(object, isNews(object, before))
      })
    }
    this.#configs.start()
    this.#records.start()
    this.#releases.onChange(({ object }) => {
      const on = `${object.metadata.namespace}/${object.metadata.name}`
      for (const key of this.#dependents.of(on)) this.#wakeKey(key)
    })
  }

  async reconcile(
    original: HelmRelease,
    context: ReconcileContext<HelmReleaseStatus>,
  ): Promise<Outcome<HelmReleaseStatus>> {
    const object = this.#withDefaults(original)
    const { generation } = object.metadata
    this.#stopWaiting(keyOf(object))
    if (object.spec.suspend) {
      return { status: { ...object.status, observedGeneration: generation }, next: { kind: 'stalled' } }
    }
    const draft = new StatusDraft(object)
    const record = (event: EventDraft) => this.#events.record(object, event)
    const observed = () => ({ ...draft.value, observedGeneration: generation })
    let health: HealthRule | undefined
    try {
      health = healthRuleOf(object)
    } catch (error) {
      return this.#misconfigured(draft, error, record, observed)
    }
    // In another cluster, or by another's eyes, records are looked at each time.
    const isLocal = !object.spec.kubeConfig
    const mark = isLocal ? this.#records.mark(storageNamespaceOf(object), releaseNameOf(object)) : undefined
    const parts: PrepareParts = {
      remembered: this.#remembered(object, mark),
      // Who is impersonated may not be allowed to look; a record made in this moment is noticed when ours is refused.
      isUnrecorded: mark === 0 && !this.#targets.serviceAccountOf(object),
      client: this.#options.runtime.client,
      sources: this.#sources,
      sourceChanges: this.#sourceChanges,
      targets: this.#targets,
      waiters: this.#waiters,
      charts: this.#charts,
      slot: this.#slot,
      health,
      noCrossNamespaceRefs: this.#options.noCrossNamespaceRefs ?? false,
      externalArtifacts: this.#options.externalArtifacts ?? false,
      requeueDependency: formatDuration(this.#requeueDependency),
      attend: to => {
        this.#memoOf(keyOf(object)).attending = to
      },
      unmet: () => this.#unmet(object),
      event: record,
      signal: context.signal,
    }
    try {
      const prepared = await prepare(object, draft, parts)
      const result = await runPass(prepared, {
        takeForce: () => takeRequest(object, draft, 'force'),
        during: noting(object, draft, context),
      })
      const memo = this.#memoOf(keyOf(object))
      memo.remembered =
        result.kind === 'settled'
          ? { generation, mark, digest: latestOf(draft.value.history)?.digest, stored: result.stored }
          : undefined
      return this.#outcomeOf(object, result, draft, observed)
    } catch (error) {
      if (context.signal.aborted) throw error
      if (error instanceof Prevented) {
        if (error.how === 'waiting') this.#memoOf(keyOf(object)).waitingForChart = isAboutChart(error)
        return this.#prevented(error, draft, record, observed)
      }
      if (error instanceof PassError) context.log.error({ err: error }, 'release failed')
      else context.log.error({ err: error }, 'reconciliation failed')
      return { status: draft.value, next: { kind: 'retry' } }
    } finally {
      this.#memoOf(keyOf(object)).attending = undefined
    }
  }

  async finalize(object: HelmRelease, context: ReconcileContext<HelmReleaseStatus>): Promise<FinalOutcome> {
    const draft = new StatusDraft(object)
    const outcome = await finalizeRelease(object, draft, {
      client: this.#options.runtime.client,
      charts: this.#sources.get('HelmChart')!,
      targets: this.#targets,
      waiters: this.#waiters,
      slot: this.#slot,
      signal: context.signal,
      event: event => this.#events.record(object, event),
    })
    if (outcome.released) this.forget(namespaceOf(object), object.metadata.name)
    else await context.progress(draft.value)
    return outcome
  }

  forget(namespace: string, name: string): void {
    const key = `${namespace}/${name}`
    this.#stopWaiting(key)
    this.#memos.delete(key)
    this.#targets.releaseAll(key)
  }

  async close(): Promise<void> {
    await this.#configs.close()
    await this.#records.close()
    await this.#waiters.close()
    await this.#targets.close()
  }

  get #requeueDependency(): number {
    return this.#options.requeueDependency ?? 30_000
  }

  #outcomeOf(
    object: HelmRelease,
    result: PassResult,
    draft: StatusDraft,
    observed: () => HelmReleaseStatus,
  ): Outcome<HelmReleaseStatus> {
    const after = (milliseconds: number) => jittered(milliseconds, this.#options.jitterPercentage ?? 5)
    if (driftModeOf(object) === 'disabled') this.#targets.releaseAll(keyOf(object))
    switch (result.kind) {
      case 'done':
      case 'settled':
        return { status: observed(), next: { kind: 'done', after: after(intervalOf(object)) } }
      case 'retryAfter':
        return { status: observed(), next: { kind: 'wait', after: after(result.milliseconds) } }
      case 'requeue':
        return { status: draft.value, next: { kind: 'retry' } }
      case 'exhausted':
      case 'noRollbackTarget':
        return { status: observed(), next: { kind: 'stalled' } }
    }
  }

  #prevented(
    { reason, message, how, event }: Prevented,
    draft: StatusDraft,
    record: (event: EventDraft) => void,
    observed: () => HelmReleaseStatus,
  ): Outcome<HelmReleaseStatus> {
    if (how === 'misconfigured') return this.#misconfigured(draft, message, record, observed)
    if (how === 'refused') {
      draft.mark('Stalled', 'True', reason, message)
      draft.remove('Reconciling')
    }
    draft.mark('Ready', 'False', reason, message)
    if (event) record({ severity: how === 'waiting' ? 'info' : 'error', reason, message: event })
    if (how === 'refused') return { status: observed(), next: { kind: 'stalled' } }
    if (how === 'retry') return { status: draft.value, next: { kind: 'retry' } }
    return { status: draft.value, next: { kind: 'wait', after: this.#requeueDependency } }
  }

  /** An expression of the spec is wrong: nothing changes until the spec does. */
  #misconfigured(
    draft: StatusDraft,
    error: unknown,
    record: (event: EventDraft) => void,
    observed: () => HelmReleaseStatus,
  ): Outcome<HelmReleaseStatus> {
    const reason = reasons.invalidCelExpression
    const message = messageOf(error)
    const whole = `Reconciliation failed terminally due to configuration error: ${message}`
    draft.mark('Ready', 'False', reason, whole)
    draft.mark('Stalled', 'True', reason, whole)
    record({ severity: 'error', reason, message })
    return { status: observed(), next: { kind: 'stalled' } }
  }

  /** Why a dependency is not met; from then on a change of that dependency wakes the object. */
  #unmet(object: HelmRelease): string | undefined {
    const find = (namespace: string, name: string) => {
      const found = this.#releases.get(namespace, name)
      return found && isKind(helmRelease, found) ? found : undefined
    }
    const unmet = unmetDependency(object, find)
    if (!unmet) return undefined
    this.#dependents.wait(keyOf(object), `${unmet.dependency.namespace}/${unmet.dependency.name}`)
    const cycle = dependencyCycle(object, find)
    return cycle ? `${unmet.message}: dependency cycle ${cycle}` : unmet.message
  }

  #stopWaiting(key: string): void {
    this.#dependents.stop(key)
    const memo = this.#memos.get(key)
    if (memo) memo.waitingForChart = false
  }

  #remembered(object: HelmRelease, mark: number | undefined): StoredRelease | undefined {
    const { remembered } = this.#memoOf(keyOf(object))
    const isSame =
      mark !== undefined &&
      remembered?.mark === mark &&
      remembered.generation === object.metadata.generation &&
      remembered.digest === latestOf(object.status?.history)?.digest
    return isSame ? remembered.stored : undefined
  }

  #memoOf(key: string): Memo {
    let memo = this.#memos.get(key)
    if (!memo) {
      memo = {}
      this.#memos.set(key, memo)
    }
    return memo
  }

  #wakeKey(key: string, after?: number): void {
    const slash = key.indexOf('/')
    this.#wake(key.slice(0, slash), key.slice(slash + 1), { after })
  }

  #withDefaults(object: HelmRelease): HelmRelease {
    const { driftDetection } = object.spec
    if (!this.#options.detectDrift || driftDetection?.mode) return object
    return { ...object, spec: { ...object.spec, driftDetection: { ...driftDetection, mode: 'enabled' } } }
  }

  #wakeDrifted(key: string): void {
    const slash = key.indexOf('/')
    const object = this.#releases.get(key.slice(0, slash), key.slice(slash + 1))
    if (!object || !isKind(helmRelease, object)) return
    this.#memoOf(key).remembered = undefined
    const mode = driftModeOf(this.#withDefaults(object))
    if (mode !== 'disabled') this.#wakeKey(key, mode === 'warn' ? GATHER : undefined)
  }

  #wakeReferrersOf(kind: string, namespace: string, name: string): void {
    for (const object of this.#releases.values()) {
      if (object.metadata.namespace !== namespace || !isKind(helmRelease, object)) continue
      if (refersTo(object, kind, name)) this.#wakeKey(keyOf(object))
    }
  }

  #wakeUsersOf(source: KubeObject, isNews: boolean): void {
    const { namespace, name } = source.metadata
    for (const object of this.#releases.values()) {
      if (!isKind(helmRelease, object)) continue
      const key = keyOf(object)
      const { waitingForChart: isAwaited = false, attending } = this.#memos.get(key) ?? {}
      if (!isAwaited && !isNews) continue
      if (attending === 'looking' || (attending && attending.digest === artifactOf(source)?.digest)) continue
      const ref = chartSourceOf(object)
      if (ref.kind !== source.kind || ref.name !== name || ref.namespace !== namespace) continue
      if (isAwaited || !hasTried(object, artifactOf(source))) this.#wakeKey(key)
    }
  }
}

function healthRuleOf(object: HelmRelease): HealthRule | undefined {
  const rules = healthRules(object.spec.healthCheckExprs)
  if (rules.size === 0) return undefined
  return each => {
    const rule = ruleFor(rules, each)
    return rule && healthBy(rule, each)
  }
}

const intervalOf = ({ spec }: HelmRelease): number => durationOr(spec.interval, 600_000)

const isAboutChart = ({ reason }: Prevented): boolean =>
  reason === helmReasons.sourceNotReady || reason === helmReasons.artifactFailed

/** Whether values or the cluster of a release come from a ConfigMap or Secret. */
function refersTo({ spec }: HelmRelease, kind: string, name: string): boolean {
  const { kubeConfig, valuesFrom } = spec
  const target = kind === 'Secret' ? kubeConfig?.secretRef?.name : kubeConfig?.configMapRef?.name
  return target === name || (valuesFrom?.some(ref => ref.kind === kind && ref.name === name) ?? false)
}
