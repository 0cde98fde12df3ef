import {
  annotations,
  type Condition,
  conditionTypes,
  controllers,
  fieldManagers,
  finalizers,
  isKind,
  type KubeObject,
  type Kustomization,
  kustomization,
  labels,
  reasons,
} from '@sluice/api'
import {
  conditionOf,
  type EventDraft,
  type FinalOutcome,
  formatDuration,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Runtime,
  type Wake,
} from '@sluice/controller'
import type { Informer } from '@sluice/kube'
import { artifactOf } from '../artifact-of.ts'
import { ClusterTargets } from '../cluster-targets.ts'
import { refersTo } from '../config-references.ts'
import { ConfigWatch } from '../config-watch.ts'
import { Dependents } from '../dependents.ts'
import { type HealthRules, healthRules } from '../health-rules.ts'
import { messageOf } from '../message-of.ts'
import { unmetKustomization } from './dependencies.ts'
import { revisionMetadata } from './event-metadata.ts'
import { finalizeKustomization } from './finalize.ts'
import { HealthChecks } from './health-checks.ts'
import type { ManifestBuilder } from './manifest-builder.ts'
import { type PassState, runPass } from './pass.ts'
import { answerOf, SOURCE_KINDS, sourceRefOf } from './source-ref.ts'
import { targetFailures } from './target-failures.ts'
import { timingOf } from './timing.ts'
import { concluded, type KustomizationStatus, type Verdict } from './verdict.ts'

/**
 * The kustomize controller, as kustomize-controller 1.9 behaves: keeps a cluster equal to a folder of an artifact. Woken
 * by its source's revisions, by the dependencies it waits for, by drift and health of what it applied; no run ever sleeps.
 */
export interface KustomizeOptions {
  runtime: Runtime
  builder: ManifestBuilder
  /** Refuse sources of other namespaces (`--no-cross-namespace-refs`). */
  noCrossNamespaceRefs?: boolean
  /** Account to apply as when a spec names none (`--default-service-account`). */
  defaultServiceAccount?: string
  /** Manifests may come from ExternalArtifacts (feature gate `ExternalArtifact`). */
  externalArtifacts?: boolean
  /** A `readyExpr` adds to the built-in check of a dependency (feature gate `AdditiveCELDependencyCheck`). */
  additiveDependencyChecks?: boolean
  /** False: changes of ConfigMaps and Secrets wake nobody (feature gate `DisableConfigWatchers`). */
  watchesConfigs?: boolean
  /** Managers that may not keep fields of applied objects (`--override-manager`). */
  overridden?: readonly string[]
  /** Milliseconds after which what cannot wake us is looked at again (`--requeue-dependency`). */
  requeueDependency?: number
  /** Spread of the interval (`--interval-jitter-percentage`). */
  jitterPercentage?: number
  /** Passes at once (`--concurrent`); they wait for I/O only. */
  concurrency?: number
}

interface Memo {
  /** The pass under way. */
  pass?: PassState
  /** The last pass ended unhealthy: a change of health is worth a new one. */
  unhealthy: boolean
}

export class KustomizeReconciler implements Reconciler<Kustomization, KustomizationStatus> {
  readonly name = controllers.kustomize
  readonly kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
  readonly statusManager = fieldManagers.gotkKustomizeController
  readonly finalizer = finalizers.flux
  readonly reconcilesSuspended = true
  readonly concurrency: number
  readonly #options: KustomizeOptions
  readonly #targets: ClusterTargets
  readonly #health: HealthChecks
  readonly #memos = new Map<string, Memo>()
  readonly #dependents = new Dependents()
  readonly #sources: ReadonlyMap<string, Informer>
  readonly #kustomizations: Informer
  readonly #configs: ConfigWatch | undefined
  #wake: Wake = () => {}

  constructor(options: KustomizeOptions) {
    const { runtime } = options
    this.#options = options
    this.concurrency = options.concurrency ?? 16
    this.#kustomizations = runtime.informer(this.kind)
    const sources = Object.entries(SOURCE_KINDS)
    this.#sources = new Map(sources.map(([kind, apiVersion]) => [kind, runtime.informer({ apiVersion, kind })]))
    this.#targets = new ClusterTargets({
      client: runtime.client,
      manager: fieldManagers.kustomizeController,
      label: labels.kustomizationName,
      overridden: options.overridden,
      failures: targetFailures,
      defaultServiceAccount: options.defaultServiceAccount,
      onDrift: owner => this.#wakeKey(owner),
      onHealth: owner => {
        const memo = this.#memos.get(owner)
        if (memo?.pass || memo?.unhealthy) this.#wakeKey(owner)
      },
      onError: error => runtime.log.warn({ err: error }, 'watch of applied objects broke off, trying again'),
    })
    const onConfig = (kind: string, namespace: string, name: string) => this.#wakeReferrersOf(kind, namespace, name)
    this.#configs = options.watchesConfigs === false ? undefined : new ConfigWatch(runtime, onConfig)
    this.#health = new HealthChecks(runtime, owner => this.#wakeKey(owner))
  }

  start(wake: Wake): void {
    this.#wake = wake
    for (const informer of this.#sources.values()) {
      informer.onChange(({ type, object, before }) => {
        // A source that is gone is noticed at the next pass, as in Flux: the objects stay.
        if (type === 'deleted') return
        const now = artifactOf(object)
        const then = artifactOf(before)
        // A source controller that starts again may serve the same revision at another address: whoever failed to fetch tries anew.
        if (now?.revision !== then?.revision || now?.url !== then?.url) this.#wakeUsersOf(object)
      })
    }
    this.#configs?.start()
    this.#kustomizations.onChange(({ object }) => {
      const on = `${object.metadata.namespace}/${object.metadata.name}`
      for (const key of this.#dependents.of(on)) this.#wakeKey(key)
    })
  }

  async reconcile(
    object: Kustomization,
    context: ReconcileContext<KustomizationStatus>,
  ): Promise<Outcome<KustomizationStatus>> {
    const key = keyOf(object)
    const status: KustomizationStatus = object.status ?? {}
    const conclude = (verdict: Verdict) => concluded(status, verdict, object.metadata.generation, context.now)
    this.#dependents.stop(key)
    if (object.spec.suspend) return suspended(object)
    let rules: HealthRules
    try {
      rules = healthRules(object.spec.healthCheckExprs)
    } catch (error) {
      return misconfigured(object, error, context.now)
    }
    if (object.spec.decryption?.serviceAccountName) return gateDisabled(object, context.now)
    const ref = sourceRefOf(object)
    const answer = answerOf(object, this.#sources.get(ref.kind)?.get(ref.namespace, ref.name), {
      noCrossNamespaceRefs: this.#options.noCrossNamespaceRefs ?? false,
      externalArtifacts: this.#options.externalArtifacts ?? false,
      requeueDependency: formatDuration(this.#requeueDependency),
    })
    if (answer.kind === 'refused') {
      return stalled(object, answer.reason, answer.message, context.now)
    }
    if (answer.kind === 'missing') {
      const { reason, message } = answer
      const after = answer.gone ? timingOf(object).retryInterval : this.#requeueDependency
      return { status: conclude({ kind: 'blocked', reason, message }), next: { kind: 'wait', after } }
    }
    let message: string | undefined
    try {
      message = this.#unmet(object, answer.artifact.revision)
    } catch (error) {
      return misconfigured(object, error, context.now, revisionMetadata(answer.artifact))
    }
    if (message) {
      const reason = reasons.dependencyNotReady
      const events = this.#isNews(object, message) ? [dependencyEvent(this.#requeueDependency)] : []
      const next = { kind: 'wait', after: this.#requeueDependency } as const
      return { status: conclude({ kind: 'blocked', reason, message }), events, next }
    }
    const memo = this.#memoOf(key)
    const { revision } = answer.artifact
    const { generation } = object.metadata
    if (memo.pass?.revision !== revision || memo.pass.generation !== generation) {
      memo.pass = { revision, generation, began: performance.now(), changes: [], changedAnything: false }
    }
    const parts = {
      builder: this.#options.builder,
      targets: this.#targets,
      health: this.#health,
      jitterPercentage: this.#options.jitterPercentage ?? 5,
      overridden: this.#options.overridden ?? [],
      rules,
    }
    const result = await runPass(object, answer.artifact, memo.pass, parts, context)
    if (!result.waiting) memo.pass = undefined
    memo.unhealthy = result.unhealthy
    return result.outcome
  }

  async finalize(object: Kustomization, context: ReconcileContext<KustomizationStatus>): Promise<FinalOutcome> {
    const outcome = await finalizeKustomization(object, {
      targets: this.#targets,
      client: this.#options.runtime.client,
      now: context.now,
      signal: context.signal,
    })
    if (outcome.released) this.forget(object.metadata.namespace ?? '', object.metadata.name)
    return outcome
  }

  forget(namespace: string, name: string): void {
    const key = `${namespace}/${name}`
    this.#dependents.stop(key)
    this.#memos.delete(key)
    this.#health.release(key)
    this.#targets.releaseAll(key)
    this.#options.builder.forget(key)
  }

  async close(): Promise<void> {
    await this.#configs?.close()
    await this.#health.close()
    await this.#targets.close()
  }

  get #requeueDependency(): number {
    return this.#options.requeueDependency ?? 30_000
  }

  /** Why a dependency is not met; from then on a change of that dependency wakes the object. */
  #unmet(object: Kustomization, revision: string): string | undefined {
    const find = (namespace: string, name: string) => {
      const found = this.#kustomizations.get(namespace, name)
      return found && isKind(kustomization, found) ? found : undefined
    }
    const unmet = unmetKustomization(object, revision, find, this.#options.additiveDependencyChecks ?? false)
    if (unmet) this.#dependents.wait(keyOf(object), unmet.dependency)
    return unmet?.message
  }

  #isNews(object: Kustomization, message: string): boolean {
    const conditions = object.status?.conditions as Condition[] | undefined
    const asked = object.metadata.annotations?.[annotations.requestedAt]
    const isAsked = asked !== undefined && asked !== object.status?.lastHandledReconcileAt
    return isAsked || conditionOf(conditions, conditionTypes.ready)?.message !== message
  }

  #memoOf(key: string): Memo {
    let memo = this.#memos.get(key)
    if (!memo) {
      memo = { unhealthy: false }
      this.#memos.set(key, memo)
    }
    return memo
  }

  #wakeKey(key: string, urgent = false): void {
    const slash = key.indexOf('/')
    this.#wake(key.slice(0, slash), key.slice(slash + 1), { urgent })
  }

  #wakeReferrersOf(kind: string, namespace: string, name: string): void {
    for (const object of this.#kustomizations.values()) {
      if (object.metadata.namespace !== namespace || !isKind(kustomization, object)) continue
      const { kubeConfig, postBuild } = object.spec
      if (refersTo(kubeConfig, postBuild?.substituteFrom, { kind, name })) this.#wakeKey(keyOf(object))
    }
  }

  #wakeUsersOf(source: KubeObject): void {
    const { namespace, name } = source.metadata
    const artifact = artifactOf(source)
    for (const object of this.#kustomizations.values()) {
      if (!isKind(kustomization, object)) continue
      const ref = sourceRefOf(object)
      if (ref.kind !== source.kind || ref.name !== name || ref.namespace !== namespace) continue
      // Those the commit changes go first: the others only take note of the revision.
      const key = keyOf(object)
      this.#wakeKey(key, artifact !== undefined && this.#options.builder.mayChange(key, artifact))
    }
  }
}

/** What was ready stays so, and the suspension itself has been seen. */
function suspended(object: Kustomization): Outcome<KustomizationStatus> {
  const status = object.status ?? {}
  const isReady = conditionOf(status.conditions as Condition[] | undefined, conditionTypes.ready)?.status === 'True'
  const { generation } = object.metadata
  return { status: isReady ? { ...status, observedGeneration: generation } : status, next: { kind: 'stalled' } }
}

/** An expression of the spec is wrong: nothing changes until the spec does. */
function misconfigured(
  object: Kustomization,
  error: unknown,
  now: Date,
  metadata?: Record<string, string>,
): Outcome<KustomizationStatus> {
  const message = `Reconciliation failed terminally due to configuration error: ${messageOf(error)}`
  const { generation } = object.metadata
  const outcome = stalled(object, reasons.invalidCelExpression, message, now, metadata)
  return { ...outcome, status: { ...outcome.status, observedGeneration: generation } }
}

function gateDisabled(object: Kustomization, now: Date): Outcome<KustomizationStatus> {
  const message =
    'to use spec.decryption.serviceAccountName for decryption authentication please enable the ' +
    'ObjectLevelWorkloadIdentity feature gate in the controller'
  return stalled(object, reasons.featureGateDisabled, message, now)
}

function stalled(
  object: Kustomization,
  reason: string,
  message: string,
  now: Date,
  metadata?: Record<string, string>,
): Outcome<KustomizationStatus> {
  const verdict: Verdict = { kind: 'stalled', reason, message }
  const status = concluded(object.status ?? {}, verdict, object.metadata.generation, now)
  return { status, events: [{ severity: 'error', reason, message, metadata }], next: { kind: 'stalled' } }
}

function dependencyEvent(requeueDependency: number): EventDraft {
  const message = `Dependencies do not meet ready condition, retrying in ${formatDuration(requeueDependency)}`
  return { severity: 'info', reason: reasons.dependencyNotReady, message }
}

const keyOf = (object: Kustomization): string => `${object.metadata.namespace}/${object.metadata.name}`
