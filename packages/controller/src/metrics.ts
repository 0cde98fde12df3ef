import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Metrics with the names Flux's dashboards and controller-runtime's alerts read. One set a process, made by the runtime. */
export class Metrics {
  readonly registry = new Registry()
  readonly #duration: Histogram
  readonly #total: Counter
  readonly #depth: Gauge

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
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
    this.#depth = new Gauge({
      name: 'workqueue_depth',
      help: 'Objects waiting to be reconciled.',
      labelNames: ['name'],
      registers,
    })
  }

  reconciled(kind: string, namespace: string, name: string, controller: string, result: string, seconds: number): void {
    this.#duration.observe({ kind, name, namespace }, seconds)
    this.#total.inc({ controller, result })
  }

  depth(controller: string, length: number): void {
    this.#depth.set({ name: controller }, length)
  }

  forget(kind: string, namespace: string, name: string): void {
    this.#duration.remove({ kind, name, namespace })
  }
}
