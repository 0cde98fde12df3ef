import { fieldManagers, type KubeObject } from '@sluice/api'
import type { Log } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'

/**
 * What the agent remembers of the service, in a ConfigMap of its namespace, so that a restarted agent goes on where the
 * last one was: the cursor, which life of the service's record of this cluster it is of, and what it leaves running although
 * that record does not list it.
 */
const NAME = 'sluice-agent-state'
/** Milliseconds between two writes: losing the last cursor only means to hear something twice. */
const GATHER = 1_000

export class CursorStore {
  readonly #kube: KubeClient
  readonly #namespace: string
  readonly #resourceId: string
  readonly #log: Log
  #cursor = ''
  #incarnation = ''
  #kept: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: { kube: KubeClient; namespace: string; resourceId: string; log: Log }) {
    this.#kube = parts.kube
    this.#namespace = parts.namespace
    this.#resourceId = parts.resourceId
    this.#log = parts.log
  }

  /** Empty when there is none, or when it is of another connection of this cluster. */
  async load(): Promise<string> {
    const map = await this.#kube.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace: this.#namespace, name: NAME })
    const data = (map?.data ?? {}) as Record<string, string>
    this.#kept = new Set(data.kept?.split('\n').filter(Boolean))
    if (data.resourceId !== this.#resourceId) return ''
    this.#incarnation = data.incarnation ?? ''
    this.#cursor = data.cursor ?? ''
    return this.#cursor
  }

  /** Life of the service's record that we last agreed with; empty before the first time. */
  get incarnation(): string {
    return this.#incarnation
  }

  keeps(id: string): boolean {
    return this.#kept.has(id)
  }

  /** The service's record is a new one: what it does not list is kept from now on. On disk when this settles. */
  async begin(incarnation: string, kept: readonly string[]): Promise<void> {
    this.#incarnation = incarnation
    this.#kept = new Set([...this.#kept, ...kept])
    await this.#write()
  }

  /** The service lists it again: it is the service's once more. */
  takenBack(id: string): void {
    if (!this.#kept.has(id)) return
    this.#kept = new Set([...this.#kept].filter(other => other !== id))
    this.note(this.#cursor)
  }

  note(cursor: string): void {
    this.#cursor = cursor
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#writing = this.#write()
    }, GATHER)
  }

  async close(): Promise<void> {
    const pending = this.#timer !== undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing
    if (pending) await this.#write()
  }

  async #write(): Promise<void> {
    const map: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: NAME, namespace: this.#namespace },
      data: {
        cursor: this.#cursor,
        resourceId: this.#resourceId,
        incarnation: this.#incarnation,
        kept: [...this.#kept].join('\n'),
      },
    }
    try {
      await this.#kube.apply(map, { fieldManager: fieldManagers.fluxConfigAgent, force: true })
    } catch (error) {
      this.#log.warn({ err: error }, `cannot keep the cursor in ConfigMap ${this.#namespace}/${NAME}`)
    }
  }
}
