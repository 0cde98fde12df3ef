import type { KubeObject } from '@sluice/api'
import type { CommonStatus, FinalOutcome, Outcome } from '../outcome.ts'
import type { ReconcileContext, Reconciler, Wake } from '../reconciler.ts'
import { WIDGET } from './test-cluster.ts'

export interface WidgetStatus extends CommonStatus {
  seen?: unknown
  passes?: number
}

export interface Widget extends KubeObject {
  spec?: { size?: number; suspend?: boolean }
  status?: WidgetStatus
}

/** A reconciler of widgets whose every answer a test decides; it remembers what it was asked. */
export class ScriptedReconciler implements Reconciler<Widget, WidgetStatus> {
  readonly name = 'widget-controller'
  readonly kind = WIDGET
  readonly statusManager = 'gotk-widget-controller'
  readonly finalizer?: string
  readonly concurrency?: number
  readonly calls: string[] = []
  wake: Wake = () => {}
  answer: (object: Widget, context: ReconcileContext<WidgetStatus>) => Promise<Outcome<WidgetStatus>>
  wants: (object: Widget) => boolean = () => true
  release: (object: Widget) => Promise<FinalOutcome> = async () => ({ released: true })
  readonly #waiting: { call: string; resolve: () => void }[] = []

  constructor(options: { finalizer?: string; concurrency?: number } = {}) {
    this.finalizer = options.finalizer
    this.concurrency = options.concurrency
    this.answer = async object => ({
      status: { ...object.status, seen: object.spec?.size, observedGeneration: object.metadata.generation },
      next: { kind: 'done' },
    })
  }

  /** Settles when it was asked this so many times. */
  async called(call: string, times = 1): Promise<void> {
    while (this.calls.filter(c => c === call).length < times) {
      await new Promise<void>(resolve => this.#waiting.push({ call, resolve }))
    }
  }

  count(call: string): number {
    return this.calls.filter(c => c === call).length
  }

  start(wake: Wake): void {
    this.wake = wake
    this.#note('start')
  }

  wantsFinalizer(object: Widget): boolean {
    return this.wants(object)
  }

  reconcile(object: Widget, context: ReconcileContext<WidgetStatus>): Promise<Outcome<WidgetStatus>> {
    this.#note(`reconcile ${object.metadata.name}`)
    return this.answer(object, context)
  }

  finalize(object: Widget): Promise<FinalOutcome> {
    this.#note(`finalize ${object.metadata.name}`)
    return this.release(object)
  }

  forget(_: string, name: string): void {
    this.#note(`forget ${name}`)
  }

  async close(): Promise<void> {
    this.#note('close')
  }

  #note(call: string): void {
    this.calls.push(call)
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.call === call) waiting.resolve()
      else this.#waiting.push(waiting)
    }
  }
}
