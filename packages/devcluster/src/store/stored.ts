/**
 * One object as the store holds it: parsed for decisions, serialised once for everybody who reads it. Both are immutable; a
 * change makes a new `Stored`. `bytes` is what SQLite keeps and what answers, lists and watches send without copying.
 */
import type { KubeObject } from '@sluice/api'

export class Stored {
  readonly object: KubeObject
  readonly revision: number
  #bytes: Buffer | undefined

  constructor(object: KubeObject, revision: number, bytes?: Buffer) {
    this.object = object
    this.revision = revision
    this.#bytes = bytes
  }

  /** UTF-8 JSON, `kind` and `apiVersion` first. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.object))
    return this.#bytes
  }
}

/** One committed change. `stored` is the new state, or for DELETED the last state at the deletion's revision. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  readonly stored: Stored
  readonly old: Stored | undefined
  /** Serialised forms shared by all watchers of the event; the watch layer keys them. */
  readonly frames: Map<string, Buffer>
}
