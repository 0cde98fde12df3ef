import { fieldManagers, type KubeObject } from '@sluice/api'
import type { Log } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'

/** Keeps the cursor in a ConfigMap of the agent's namespace, so that a restarted agent goes on where the last one was. */
const NAME = 'sluice-agent-state'
/** Milliseconds between two writes: losing the last cursor only means to hear something twice. */
const GATHER = 1_000

export class CursorStore {
  readonly #kube: KubeClient
  readonly #namespace: string
  readonly #resourceId: string
  readonly #log: Log
  #cursor = ''
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
    return data.resourceId === this.#resourceId ? (data.cursor ?? '') : ''
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
      data: { cursor: this.#cursor, resourceId: this.#resourceId },
    }
    try {
      await this.#kube.apply(map, { fieldManager: fieldManagers.fluxConfigAgent, force: true })
    } catch (error) {
      this.#log.warn({ err: error }, `cannot keep the cursor in ConfigMap ${this.#namespace}/${NAME}`)
    }
  }
}
