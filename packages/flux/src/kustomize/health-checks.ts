import type { KubeObject, Kustomization, ObjectRef } from '@sluice/api'
import type { Runtime } from '@sluice/controller'
import { ApiError, type Applied, groupKindKey, type Health, healthOf, Informer, NoMatchError } from '@sluice/kube'
import type { Target } from '../cluster-targets.ts'
import { type HealthRule, type HealthRules, healthBy, ruleFor } from '../health-rules.ts'
import { type Checked, type HealthAnswer, healthAnswer } from './health-gate.ts'

/**
 * The objects a Kustomization's readiness hangs on: all it applied (`wait`) or those it lists (`healthChecks`). What it
 * applied is tracked anyway; a listed object is watched by its name for as long as the Kustomization lists it, and looked
 * at again and again where that is not allowed.
 */
interface Watched {
  informer: Informer<Health>
  owners: Set<string>
  /** Until the next look at what cannot be watched. */
  looking: NodeJS.Timeout | undefined
}

/** Milliseconds between looks, as Flux takes them. */
const LOOK_EVERY = 5000

export class HealthChecks {
  readonly #runtime: Runtime
  readonly #wake: (owner: string) => void
  readonly #watched = new Map<string, Watched>()

  constructor(runtime: Runtime, wake: (owner: string) => void) {
    this.#runtime = runtime
    this.#wake = wake
  }

  /** `undefined` when nothing is to be checked. */
  async check(
    owner: string,
    object: Kustomization,
    applied: readonly Applied[],
    target: Target,
    rules: HealthRules,
  ): Promise<HealthAnswer | undefined> {
    const checked = object.spec.wait
      ? await this.#ofApplied(
          applied.filter(a => a.action !== 'skipped').map(a => a.ref),
          target,
          rules,
        )
      : await this.#ofListed(owner, listedRefs(object), target, rules)
    return checked.length > 0 ? healthAnswer(checked) : undefined
  }

  /** The owner lists nothing any more. */
  release(owner: string): void {
    this.#keepOnly(owner, new Set())
  }

  async close(): Promise<void> {
    const all = [...this.#watched.values()]
    this.#watched.clear()
    for (const { looking } of all) clearTimeout(looking)
    await Promise.all(all.map(({ informer }) => informer.close()))
  }

  async #ofApplied(refs: readonly ObjectRef[], target: Target, rules: HealthRules): Promise<Checked[]> {
    const checked: Checked[] = []
    for (const ref of refs) {
      const rule = ruleFor(rules, ref)
      if (target.tracker.isCleanedUp(ref)) continue
      const known = rule ? undefined : target.tracker.get(ref)
      if (rule) target.tracker.tellEveryChange(ref)
      // What expressions look at is not kept, and a kind that cannot be watched is not known: ask.
      const health = known?.health ?? healthOfFound(await target.client.find(ref), rule)
      checked.push({ ref, health })
    }
    return checked
  }

  async #ofListed(owner: string, refs: readonly ObjectRef[], target: Target, rules: HealthRules): Promise<Checked[]> {
    const checked: Checked[] = []
    const keys = new Set<string>()
    for (const ref of refs) {
      const rule = ruleFor(rules, ref)
      const tracked = target.tracker.get(ref)
      if (tracked) {
        if (rule) target.tracker.tellEveryChange(ref)
        const health = rule ? healthOfFound(await target.client.find(ref), rule) : tracked.health
        checked.push({ ref, health })
        continue
      }
      const key = `${target.identity} ${ref.apiVersion}/${groupKindKey(ref)}`
      keys.add(key)
      const watched = await this.#watch(owner, key, ref, target)
      checked.push({ ref, health: rule ? healthOfFound(await target.client.find(ref), rule) : watched })
    }
    this.#keepOnly(owner, keys)
    return checked
  }

  async #watch(owner: string, key: string, ref: ObjectRef, target: Target): Promise<Health> {
    let watched = this.#watched.get(key)
    if (!watched) {
      try {
        await target.client.discovery.resourceFor(ref.apiVersion, ref.kind)
      } catch (error) {
        if (error instanceof NoMatchError) return { status: 'NotFound', message: error.message }
        throw error
      }
      const informer = new Informer<Health>(target.client, ref, {
        namespace: ref.namespace,
        fieldSelector: `metadata.name=${ref.name}`,
        keep: healthOf,
        onError: error => this.#runtime.log.warn({ err: error, key }, 'watch of a health check broke off'),
      })
      const made: Watched = { informer, owners: new Set(), looking: undefined }
      informer.onChange(() => this.#wakeAll(made))
      this.#watched.set(key, made)
      watched = made
      informer.start()
    }
    watched.owners.add(owner)
    await watched.informer.tried
    if (watched.informer.isSynced) return watched.informer.get(ref.namespace, ref.name) ?? healthOfFound(undefined)
    this.#lookAgain(key, watched)
    try {
      return healthOfFound(await target.client.find(ref))
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 403) throw error
      return { status: 'Unknown', message: error.message }
    }
  }

  #lookAgain(key: string, watched: Watched): void {
    if (this.#watched.get(key) !== watched) return
    watched.looking ??= setTimeout(() => {
      watched.looking = undefined
      this.#wakeAll(watched)
    }, LOOK_EVERY)
  }

  #wakeAll({ owners }: Watched): void {
    for (const owner of owners) this.#wake(owner)
  }

  #keepOnly(owner: string, keys: ReadonlySet<string>): void {
    for (const [key, watched] of this.#watched) {
      if (keys.has(key) || !watched.owners.delete(owner) || watched.owners.size > 0) continue
      this.#watched.delete(key)
      clearTimeout(watched.looking)
      void watched.informer.close()
    }
  }
}

function listedRefs(object: Kustomization): ObjectRef[] {
  const self = (ref: ObjectRef) =>
    ref.kind === object.kind && ref.name === object.metadata.name && ref.namespace === object.metadata.namespace
  return (object.spec.healthChecks ?? [])
    .map(({ apiVersion, kind, name, namespace }) => ({ apiVersion: apiVersion || 'apps/v1', kind, name, namespace }))
    .filter(ref => !self(ref))
}

function healthOfFound(object: KubeObject | undefined, rule?: HealthRule): Health {
  if (!object) return { status: 'NotFound', message: 'Resource not found' }
  return rule ? healthBy(rule, object) : healthOf(object)
}
