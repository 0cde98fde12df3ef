import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Next } from './outcome.ts'

/** How often the lag of the event loop is looked at, in milliseconds. The default, 10, wakes a process at rest a hundred times a second. */
const LAG_RESOLUTION = 500

/** Metrics with the names Flux's dashboards and controller-runtime's alerts read. One set a process, made by the runtime. */
export class Metrics {
  readonly registry = new Registry()
  readonly #duration: Histogram
  readonly #total: Counter
  readonly #errors: Counter
  readonly #depth: Gauge
  readonly #active: Gauge
  readonly #most: Gauge
  readonly #requests: Counter
  /** By controller: seconds since its longest run under way began. */
  readonly #longest = new Map<string, () => number>()

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_RESOLUTION })
    this.#duration = new Histogram({
      name: 'gotk_reconcile_duration_seconds',
      help: 'Duration of reconciliations in seconds.',
      labelNames: ['kind', 'name', 'namespace'],
      buckets: [0.01, 0.038, 0.147, 0.565, 2.167, 8.31, 31.86, 122.2, 468.6, 1800],
      registers,
    })
    this.#total = new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations by controller and result.',
      labelNames: ['controller', 'result'],
      registers,
    })
    this.#errors = new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Failed reconciliations by controller.',
      labelNames: ['controller'],
      registers,
    })
    this.#active = new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Reconciliations under way by controller.',
      labelNames: ['controller'],
      registers,
    })
    this.#most = new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Reconciliations at once, at most, by controller.',
      labelNames: ['controller'],
      registers,
    })
    const longest = this.#longest
    new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'Seconds since the longest reconciliation under way began.',
      labelNames: ['name'],
      registers,
      collect() {
        for (const [name, seconds] of longest) this.set({ name }, seconds())
      },
    })
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server by method, status code and host; <error>: without an answer.',
      labelNames: ['method', 'code', 'host'],
      registers,
    })
    this.#depth = new Gauge({
      name: 'workqueue_depth',
      help: 'Objects waiting to be reconciled.',
      labelNames: ['name'],
      registers,
    })
  }

  /** A controller begins: its series are there before anything happens. `longestRun`: its longest run under way, in seconds. */
  controller(name: string, concurrency: number, longestRun: () => number): void {
    this.#longest.set(name, longestRun)
    this.#most.set({ controller: name }, concurrency)
    this.#errors.inc({ controller: name }, 0)
    this.load(name, 0, 0)
  }

  reconciled(
    kind: string,
    namespace: string,
    name: string,
    controller: string,
    result: Next | 'error',
    seconds: number,
  ): void {
    this.#duration.observe({ kind, name, namespace }, seconds)
    const word = resultWord(result)
    this.#total.inc({ controller, result: word })
    if (word === 'error') this.#errors.inc({ controller })
  }

  /** An answer of an API server; code 0: none came. */
  answered(method: string, code: number, host: string): void {
    this.#requests.inc({ method, code: code === 0 ? '<error>' : String(code), host })
  }

  /** What waits and what runs of a controller. */
  load(controller: string, waiting: number, running: number): void {
    this.#depth.set({ name: controller }, waiting)
    this.#active.set({ controller }, running)
  }

  forget(kind: string, namespace: string, name: string): void {
    this.#duration.remove({ kind, name, namespace })
  }
}

/** controller-runtime's words: a failure that has its own time to be tried again is no error there, as in Flux. */
function resultWord(result: Next | 'error'): string {
  if (result === 'error' || result.kind === 'stalled') return result === 'error' ? 'error' : 'success'
  if (result.after !== undefined) return 'requeue_after'
  return result.kind === 'retry' ? 'error' : 'success'
}
