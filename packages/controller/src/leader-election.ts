import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubeObject } from '@sluice/api'
import { isConflict, type KubeClient } from '@sluice/kube'
import { type Clock, systemClock } from './clock.ts'
import type { Log } from './log.ts'

/**
 * One of several replicas leads: the one that holds a Lease (client-go `leaderelection`, with Flux's times). A holder
 * that cannot renew gives up before the others may take over; one that stops hands the Lease back.
 */
export interface LeaderElectionOptions {
  client: KubeClient
  log: Log
  /** Of the Lease. */
  namespace: string
  name: string
  /** Who we are; by default the host and something unique. */
  identity?: string
  /** Milliseconds without a sign of the holder after which others take over. */
  leaseDuration?: number
  /** Milliseconds without a successful renewal after which the holder gives up; shorter than the lease. */
  renewDeadline?: number
  /** Milliseconds between tries. */
  retryPeriod?: number
  /** Hand the Lease back when closed. */
  releaseOnCancel?: boolean
  clock?: Clock
}

interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

interface Lease extends KubeObject {
  spec?: LeaseSpec
}

/** Flux's names: `kustomize-controller-leader-election`, with a mark of the shard's selector when there is one. */
export function leaseName(controller: string, labelSelector?: string): string {
  const mark = labelSelector ? `-${createHash('sha256').update(labelSelector).digest('hex').slice(0, 8)}` : ''
  return `${controller}-leader-election${mark}`
}

export class LeaderElection {
  readonly identity: string
  /** Settles when a Lease that was held could not be renewed. Not when closed. */
  readonly lost: Promise<void>
  readonly #options: LeaderElectionOptions
  readonly #clock: Clock
  readonly #leaseDuration: number
  readonly #renewDeadline: number
  readonly #retryPeriod: number
  readonly #stop = new AbortController()
  #markLost: () => void = () => {}
  #finished: Promise<void> | undefined
  #isLeading = false
  /** The Lease as we last wrote it; absent when somebody has written to it since. */
  #lease: Lease | undefined
  /** The Lease's words as last seen, and since when they are the same. */
  #seen = ''
  #seenAt = 0

  constructor(options: LeaderElectionOptions) {
    const { leaseDuration = 35_000, renewDeadline = 30_000, retryPeriod = 5_000 } = options
    if (!(leaseDuration > renewDeadline && renewDeadline > retryPeriod && retryPeriod > 0)) {
      const cure = 'the lease duration must be longer than the renew deadline, and that longer than the retry period'
      throw new Error(`leader election: ${cure}`)
    }
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#leaseDuration = leaseDuration
    this.#renewDeadline = renewDeadline
    this.#retryPeriod = retryPeriod
    this.identity = options.identity ?? `${hostname()}_${randomUUID()}`
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
  }

  get isLeading(): boolean {
    return this.#isLeading
  }

  /** Settles when we lead (`true`), or when closed before that. To be called once. */
  async acquire(): Promise<boolean> {
    const { log, name } = this.#options
    let told = false
    while (!this.#stop.signal.aborted) {
      const began = this.#clock.now()
      if (await this.#try(this.#renewDeadline)) {
        log.info({ lease: name, identity: this.identity }, 'leading')
        this.#finished = this.#keep(began)
        return true
      }
      if (!told) log.info({ lease: name, identity: this.identity }, 'waiting to lead')
      told = true
      await this.#pause(this.#retryPeriod * (1 + Math.random() * 0.2))
    }
    return false
  }

  /** Leads no more, and says so to the others. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#finished
    if (this.#isLeading && (this.#options.releaseOnCancel ?? true)) await this.#release()
    this.#isLeading = false
  }

  /** Renews until that fails for too long. `since`: when the Lease was asked for. */
  async #keep(since: number): Promise<void> {
    let renewed = since
    for (;;) {
      await this.#pause(this.#retryPeriod)
      if (this.#stop.signal.aborted) return
      const began = this.#clock.now()
      if (await this.#try(renewed + this.#renewDeadline - began)) renewed = began
      else if (this.#stop.signal.aborted) return
      else if (!this.#isLeading || this.#clock.now() - renewed >= this.#renewDeadline) break
    }
    this.#isLeading = false
    this.#options.log.error({ lease: this.#options.name, identity: this.identity }, 'leadership lost')
    this.#markLost()
  }

  /** One try to get or keep the Lease, of at most `patience` milliseconds. */
  async #try(patience: number): Promise<boolean> {
    const signal = AbortSignal.any([AbortSignal.timeout(Math.max(0, Math.ceil(patience))), this.#stop.signal])
    try {
      return await this.#getOrKeep(signal)
    } catch (error) {
      const remembered = this.#lease !== undefined
      this.#lease = undefined
      // What we remembered is no longer so: the server knows better.
      if (remembered && isConflict(error)) return this.#try(patience)
      // A conflict: somebody else was faster. The next try will see who.
      if (!this.#stop.signal.aborted && !isConflict(error)) {
        this.#options.log.warn({ err: error, lease: this.#options.name }, 'cannot read or write the lease')
      }
      return false
    }
  }

  async #getOrKeep(signal: AbortSignal): Promise<boolean> {
    const { client } = this.#options
    const now = timestamp()
    const lease = this.#lease ?? (await client.find<Lease>(this.#ref(), signal))
    if (!lease) {
      const { apiVersion, kind, ...metadata } = this.#ref()
      const spec = { ...this.#words(), acquireTime: now, renewTime: now, leaseTransitions: 0 }
      return this.#took(await client.create<Lease>({ apiVersion, kind, metadata, spec }, { signal }))
    }
    const { spec = {} } = lease
    const isOurs = spec.holderIdentity === this.identity
    if (!isOurs && this.#isAlive(spec)) {
      this.#isLeading = false
      return false
    }
    const taken = isOurs ? spec : { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 }
    const next = { ...lease, spec: { ...taken, ...this.#words(), renewTime: now } }
    return this.#took(await client.update<Lease>(next, { signal }))
  }

  #took(lease: Lease): true {
    this.#lease = lease
    this.#isLeading = true
    return true
  }

  /** Whether the holder has said anything for the length of its lease, by our own clock: others' clocks may be wrong. */
  #isAlive(spec: LeaseSpec): boolean {
    const words = JSON.stringify(spec)
    if (words !== this.#seen) {
      this.#seen = words
      this.#seenAt = this.#clock.now()
    }
    const duration = (spec.leaseDurationSeconds ?? 0) * 1000
    return Boolean(spec.holderIdentity) && this.#clock.now() < this.#seenAt + duration
  }

  #words(): LeaseSpec {
    return { holderIdentity: this.identity, leaseDurationSeconds: Math.round(this.#leaseDuration / 1000) }
  }

  #ref() {
    const { namespace, name } = this.#options
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name }
  }

  /** Guarded by resource version and holder: nobody else's Lease is ever given away. */
  async #release(): Promise<void> {
    const { client, log, name } = this.#options
    const signal = AbortSignal.timeout(RELEASE_MOST)
    try {
      // Our last write may have been cut off by closing: what it came to, only the server knows.
      const lease = await client.find<Lease>(this.#ref(), signal)
      if (lease?.spec?.holderIdentity !== this.identity) return
      const now = timestamp()
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
      await client.update<Lease>({ ...lease, spec }, { signal })
    } catch (error) {
      log.warn({ err: error, lease: name }, 'cannot hand back the lease')
    }
  }

  #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stop
    return new Promise(resolve => {
      if (signal.aborted) return resolve()
      const end = () => {
        this.#clock.clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.setTimeout(end, milliseconds)
      signal.addEventListener('abort', end)
    })
  }
}

/** Milliseconds that handing back may take. */
const RELEASE_MOST = 5000

/** `meta/v1` MicroTime. */
const timestamp = (): string => new Date().toISOString().replace('Z', '000Z')
