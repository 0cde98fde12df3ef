import {
  controllers,
  fieldManagers,
  finalizers,
  groups,
  type HelmRelease,
  helmReasons,
  helmRelease,
  isKind,
  labels,
} from '@sluice/api'
import {
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
import { healthBy, healthRules, ruleFor } from '../health-rules.ts'
import { ChartCache } from './chart-cache.ts'
import { CHART_SOURCES } from './chart-source.ts'
import { unmetRelease } from './dependencies.ts'
import { finalizeRelease } from './finalize.ts'
import type { WaitInterrupt } from './interruptible-waits.ts'
import { noting } from './noting.ts'
import { runPass } from './pass.ts'
import { PassError } from './pass-error.ts'
import { interrupted, misconfigured, type OutcomeParts, outcomeOf, prevented } from './pass-outcome.ts'
import { type PrepareParts, prepare } from './prepare.ts'
import { Prevented } from './prevented.ts'
import { RecordWatch } from './record-watch.ts'
import { type ReleaseDefaults, withDefaults } from './release-defaults.ts'
import type { ReleaseSettings } from './release-settings.ts'
import {
  driftModeOf,
  type HelmReleaseStatus,
  keyOf,
  namespaceOf,
  releaseNameOf,
  storageNamespaceOf,
} from './release-spec.ts'
import { RememberedReleases } from './remembered-releases.ts'
import { takeRequest } from './requests.ts'
import { slots } from './slots.ts'
import { StatusDraft } from './status-draft.ts'
import { targetFailures } from './target-failures.ts'
import { Waiters } from './waiters.ts'
import { WakeUps } from './wake-ups.ts'

/**
 * The Helm controller, as helm-controller 1.6 behaves: keeps releases equal to their HelmReleases. What waits for the
 * cluster holds no worker: work is bounded by slots, not by the number of reconciliations.
 */
export interface HelmOptions extends Partial<ReleaseSettings> {
  runtime: Runtime
  /** Refuse charts of other namespaces (`--no-cross-namespace-refs`). */
  noCrossNamespaceRefs?: boolean
  /** Account to release as when a spec names none (`--default-service-account`). */
  defaultServiceAccount?: string
  /** What holds where a release says nothing. */
  defaults?: ReleaseDefaults
  /** Charts may come from ExternalArtifacts (feature gate `ExternalArtifact`). */
  externalArtifacts?: boolean
  /** A `readyExpr` adds to the built-in check of a dependency (feature gate `AdditiveCELDependencyCheck`). */
  additiveDependencyChecks?: boolean
  /** Charts from registries keep their version (feature gate `DisableChartDigestTracking`). */
  keepsChartVersion?: boolean
  /** False: changes of ConfigMaps and Secrets wake nobody (feature gate `DisableConfigWatchers`). */
  watchesConfigs?: boolean
  /** News end waits for health (feature gate `CancelHealthCheckOnNewRevision`). */
  interruptsWaits?: boolean
  /** Milliseconds after which what cannot wake us is looked at again (`--requeue-dependency`). */
  requeueDependency?: number
  /** Spread of the interval (`--interval-jitter-percentage`). */
  jitterPercentage?: number
  /** Stretches of work at once (`--concurrent`). */
  concurrency?: number
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
  readonly #settings: ReleaseSettings
  readonly #events: EventRecorder
  readonly #targets: ClusterTargets
  readonly #waiters = new Waiters()
  readonly #charts = new ChartCache()
  readonly #slot: Slot
  readonly #remembered = new RememberedReleases()
  readonly #wakeUps: WakeUps
  readonly #sources: ReadonlyMap<string, Informer>
  readonly #releases: Informer
  readonly #records: RecordWatch

  constructor(options: HelmOptions) {
    const { runtime, concurrency = SLOTS, digestAlgorithm = 'sha256', overridden = [], resolveHost } = options
    this.#options = options
    this.#settings = { digestAlgorithm, overridden, resolveHost }
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
      overridden,
      defaultServiceAccount: options.defaultServiceAccount,
      failures: targetFailures,
      onDrift: owner => this.#wakeDrifted(owner),
      onHealth: () => {},
      onError: error => runtime.log.warn({ err: error }, 'watch of released objects broke off, trying again'),
    })
    this.#records = new RecordWatch(runtime)
    this.#wakeUps = new WakeUps({
      runtime,
      releases: this.#releases,
      sources: this.#sources,
      watchesConfigs: options.watchesConfigs ?? true,
      interruptsWaits: options.interruptsWaits ?? false,
    })
  }

  start(wake: Wake): void {
    this.#wakeUps.start(wake)
    this.#records.start()
  }

  async reconcile(
    original: HelmRelease,
    context: ReconcileContext<HelmReleaseStatus>,
  ): Promise<Outcome<HelmReleaseStatus>> {
    const object = this.#withDefaults(original)
    const key = keyOf(object)
    const interrupt = this.#wakeUps.begin(key)
    if (object.spec.suspend) {
      const { generation } = object.metadata
      return { status: { ...object.status, observedGeneration: generation }, next: { kind: 'stalled' } }
    }
    const parts = this.#outcomeParts(object)
    const { draft } = parts
    let health: HealthRule | undefined
    try {
      health = healthRuleOf(object)
    } catch (error) {
      return misconfigured(error, parts)
    }
    // In another cluster, or by another's eyes, records are looked at each time.
    const isLocal = !object.spec.kubeConfig
    const mark = isLocal ? this.#records.mark(storageNamespaceOf(object), releaseNameOf(object)) : undefined
    try {
      const prepared = await prepare(object, draft, {
        ...this.#prepareParts(object, mark, interrupt),
        health,
        event: parts.record,
        signal: context.signal,
      })
      const result = await runPass(prepared, {
        takeForce: () => takeRequest(object, draft, 'force'),
        during: noting(object, draft, context),
      })
      if (result.kind === 'settled') this.#remembered.note(object, draft, mark, result.stored)
      else this.#remembered.forget(key)
      if (driftModeOf(object) === 'disabled') this.#targets.releaseAll(key)
      const isDone = result.kind === 'done' || result.kind === 'settled'
      return interrupt?.trigger && !isDone ? interrupted(interrupt.trigger, parts) : outcomeOf(result, parts)
    } catch (error) {
      if (context.signal.aborted) throw error
      if (error instanceof Prevented) {
        if (error.how === 'waiting' && isAboutChart(error)) this.#wakeUps.awaitChart(key)
        return prevented(error, parts)
      }
      if (error instanceof PassError) context.log.error({ err: error }, 'release failed')
      else context.log.error({ err: error }, 'reconciliation failed')
      if (interrupt?.trigger) return interrupted(interrupt.trigger, parts)
      return { status: draft.value, next: { kind: 'retry' } }
    } finally {
      this.#wakeUps.end(key)
    }
  }

  async finalize(original: HelmRelease, context: ReconcileContext<HelmReleaseStatus>): Promise<FinalOutcome> {
    const object = this.#withDefaults(original)
    const draft = new StatusDraft(object)
    const outcome = await finalizeRelease(object, draft, {
      client: this.#options.runtime.client,
      charts: this.#sources.get('HelmChart')!,
      targets: this.#targets,
      waiters: this.#waiters,
      slot: this.#slot,
      settings: this.#settings,
      signal: context.signal,
      event: event => this.#events.record(object, event),
    })
    if (outcome.released) this.forget(namespaceOf(object), object.metadata.name)
    else await context.progress(draft.value)
    return outcome
  }

  forget(namespace: string, name: string): void {
    const key = `${namespace}/${name}`
    this.#wakeUps.forget(key)
    this.#remembered.forget(key)
    this.#targets.releaseAll(key)
  }

  async close(): Promise<void> {
    await this.#wakeUps.close()
    await this.#records.close()
    await this.#waiters.close()
    await this.#targets.close()
  }

  get #requeueDependency(): number {
    return this.#options.requeueDependency ?? 30_000
  }

  #outcomeParts(object: HelmRelease): OutcomeParts {
    const { jitterPercentage = 5 } = this.#options
    return {
      object,
      draft: new StatusDraft(object),
      record: (event: EventDraft) => this.#events.record(object, event),
      requeueDependency: this.#requeueDependency,
      jitterPercentage,
    }
  }

  #prepareParts(
    object: HelmRelease,
    mark: number | undefined,
    interrupt: WaitInterrupt | undefined,
  ): Omit<PrepareParts, 'health' | 'event' | 'signal'> {
    const { runtime, noCrossNamespaceRefs, externalArtifacts, keepsChartVersion } = this.#options
    return {
      remembered: this.#remembered.find(object, mark),
      // Who is impersonated may not be allowed to look; a record made in this moment is noticed when ours is refused.
      isUnrecorded: mark === 0 && !this.#targets.serviceAccountOf(object),
      client: runtime.client,
      sources: this.#sources,
      sourceChanges: this.#wakeUps.sourceChanges,
      targets: this.#targets,
      waiters: this.#waiters,
      charts: this.#charts,
      slot: this.#slot,
      settings: this.#settings,
      interrupt,
      noCrossNamespaceRefs: noCrossNamespaceRefs ?? false,
      externalArtifacts: externalArtifacts ?? false,
      keepsChartVersion: keepsChartVersion ?? false,
      requeueDependency: formatDuration(this.#requeueDependency),
      attend: to => this.#wakeUps.attend(keyOf(object), to),
      unmet: () => this.#unmet(object),
    }
  }

  /** Why a dependency is not met; from then on a change of that dependency wakes the object. */
  #unmet(object: HelmRelease): string | undefined {
    const find = (namespace: string, name: string) => {
      const found = this.#releases.get(namespace, name)
      return found && isKind(helmRelease, found) ? found : undefined
    }
    const unmet = unmetRelease(object, find, this.#options.additiveDependencyChecks ?? false)
    if (unmet) this.#wakeUps.awaitDependency(keyOf(object), unmet.dependency)
    return unmet?.message
  }

  #withDefaults(object: HelmRelease): HelmRelease {
    return withDefaults(object, this.#options.defaults ?? {})
  }

  #wakeDrifted(key: string): void {
    const slash = key.indexOf('/')
    const object = this.#releases.get(key.slice(0, slash), key.slice(slash + 1))
    if (!object || !isKind(helmRelease, object)) return
    this.#remembered.forget(key)
    const mode = driftModeOf(this.#withDefaults(object))
    if (mode !== 'disabled') this.#wakeUps.wake(key, mode === 'warn' ? GATHER : undefined)
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

const isAboutChart = ({ reason }: Prevented): boolean =>
  reason === helmReasons.sourceNotReady || reason === helmReasons.artifactFailed
