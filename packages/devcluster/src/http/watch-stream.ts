/**
 * A watch: the changes of a collection after a revision as a stream of JSON lines, each flushed at once. What a change looks
 * like on the wire is computed once and shared by all watchers that see it the same way.
 */
import type { KubeObject } from '@sluice/api'
import { type ApiError, invalid } from '../api-error.ts'
import type { Api } from '../requests/api.ts'
import { forbiddenField, unsupported } from '../requests/metadata-validation.ts'
import { revisionNumber, type Selection, selection, selects, tooLargeRevision } from '../requests/read.ts'
import type { Target } from '../requests/request.ts'
import { viewOf } from '../requests/views.ts'
import type { ServedVersion } from '../resources/resource-type.ts'
import type { Collection } from '../store/collection.ts'
import { Stored, type StoreEvent } from '../store/stored.ts'
import { partialMetadata } from '../tables/partial-metadata.ts'
import { tableOf } from '../tables/table.ts'
import type { Form } from './negotiate.ts'
import { type Exchange, head } from './respond.ts'

export interface WatchQuery {
  labelSelector: string | null
  fieldSelector: string | null
  resourceVersion: string
  resourceVersionMatch: string
  sendInitialEvents: boolean | undefined
  allowBookmarks: boolean
  timeoutSeconds: number
  includeObject: string | null
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

const initialEventsEnd = 'k8s.io/initial-events-end'
/** A client that lets this much pile up is cut off; it will list again. */
const maxBacklog = 64 * 1024 * 1024

function checkQuery(query: WatchQuery): void {
  const causes = []
  if (query.sendInitialEvents !== undefined) {
    if (query.resourceVersionMatch === '') {
      causes.push(
        forbiddenField(
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ),
      )
    } else if (query.resourceVersionMatch !== 'NotOlderThan') {
      causes.push(unsupported('resourceVersionMatch', query.resourceVersionMatch, ['NotOlderThan']))
    }
  } else if (query.resourceVersionMatch) {
    causes.push(
      forbiddenField(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    )
  }
  if (causes.length) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
}

const frameOf = (type: string, object: Buffer) =>
  Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, frameEnd])
const frameEnd = Buffer.from('}\n')

export class WatchStream {
  readonly served: ServedVersion
  readonly #exchange: Exchange
  readonly #api: Api
  readonly #collection: Collection
  readonly #namespace: string
  readonly #selection: Selection
  readonly #query: WatchQuery
  readonly #form: Form
  readonly #onEnd: () => void
  #tableHead = true
  #ended = false
  #timer: NodeJS.Timeout | undefined
  readonly #deliver = (event: StoreEvent) => this.#change(event)

  constructor(api: Api, exchange: Exchange, target: Target, query: WatchQuery, form: Form, onEnd: () => void) {
    checkQuery(query)
    this.served = target.served
    this.#api = api
    this.#exchange = exchange
    this.#collection = api.collection(target.served.type)
    this.#namespace = target.namespace
    this.#selection = selection(target, query.labelSelector, query.fieldSelector)
    this.#query = query
    this.#form = form
    this.#onEnd = onEnd
  }

  /** Throws before the first byte for what cannot be watched. */
  async start(): Promise<void> {
    const asked = this.#query.resourceVersion ? revisionNumber(this.#query.resourceVersion) : 0
    const { res } = this.#exchange
    res.on('close', () => this.end())
    const pending = this.#api.store.settled()
    if (pending) await pending.catch(() => {})
    // Meanwhile the client has gone, or its resource is another one.
    if (this.#ended) return
    head(this.#exchange, 200, 'application/json')
    res.flushHeaders?.()
    const current = this.#api.store.revision
    const initial = this.#query.sendInitialEvents ?? asked === 0
    if (asked > current && this.#query.sendInitialEvents) return this.fail(tooLargeRevision(asked, current))
    if (initial) this.#sendInitial(current)
    else if (asked > 0 && !this.#replay(asked)) return
    this.#collection.watchers.add(this.#deliver)
    const seconds = this.#query.timeoutSeconds || 1800 + Math.floor(Math.random() * 1800)
    this.#timer = setTimeout(() => this.end(), seconds * 1000)
    this.#timer.unref()
  }

  #sendInitial(current: number): void {
    const frames: Buffer[] = []
    for (const stored of this.#collection.items(this.#namespace || undefined)) {
      const view = viewOf(this.served, stored)
      if (selects(this.#selection, view.object)) frames.push(this.#frame('ADDED', view))
    }
    this.#write(Buffer.concat(frames))
    if (this.#query.sendInitialEvents && this.#query.allowBookmarks) {
      this.bookmark(current, { [initialEventsEnd]: 'true' })
    }
  }

  /** False when the stream had to end because the past is gone. */
  #replay(asked: number): boolean {
    if (asked < this.#collection.floor) {
      this.#write(
        Buffer.from(
          `${JSON.stringify({
            type: 'ERROR',
            object: {
              kind: 'Status',
              apiVersion: 'v1',
              metadata: {},
              status: 'Failure',
              message: `too old resource version: ${asked} (${this.#collection.floor})`,
              reason: 'Expired',
              code: 410,
            },
          })}\n`,
        ),
      )
      this.end()
      return false
    }
    for (const event of this.#collection.since(asked)) this.#change(event)
    return true
  }

  #inScope(object: KubeObject): boolean {
    return !this.#namespace || object.metadata.namespace === this.#namespace
  }

  #change(event: StoreEvent): void {
    const next = event.stored
    if (!this.#inScope(next.object)) return
    const now = viewOf(this.served, next)
    const before = event.old && viewOf(this.served, event.old)
    const { labels, fields } = this.#selection
    if (!labels && !fields) {
      this.#send(event, event.type, now)
      return
    }
    const was = before !== undefined && selects(this.#selection, before.object)
    const is = event.type !== 'DELETED' && selects(this.#selection, now.object)
    if (is) this.#send(event, was ? 'MODIFIED' : 'ADDED', now)
    else if (was && event.type === 'DELETED') this.#send(event, 'DELETED', now)
    else if (was && before) {
      const metadata = { ...before.object.metadata, resourceVersion: String(event.revision) }
      this.#send(event, 'DELETED', new Stored({ ...before.object, metadata }, event.revision), 'left')
    }
  }

  #send(event: StoreEvent, type: EventType, view: Stored, variant = ''): void {
    if (this.#form.as === 'Table') {
      this.#write(this.#frame(type, view))
      return
    }
    const key = `${this.served.apiVersion} ${type} ${this.#form.as ?? ''} ${variant}`
    let frame = event.frames.get(key)
    if (!frame) {
      frame = this.#frame(type, view)
      event.frames.set(key, frame)
    }
    this.#write(frame)
  }

  #frame(type: EventType, view: Stored): Buffer {
    return frameOf(type, this.#objectBytes(view))
  }

  #objectBytes(view: Stored): Buffer {
    if (this.#form.as === 'Table') {
      const table = tableOf(
        this.#api,
        this.served,
        [view.object],
        {
          resourceVersion: view.object.metadata.resourceVersion,
        },
        this.#form.version,
        this.#query.includeObject,
      )
      if (!this.#tableHead) table.columnDefinitions = null
      this.#tableHead = false
      return Buffer.from(JSON.stringify(table))
    }
    if (this.#form.as) return Buffer.from(JSON.stringify(partialMetadata(view.object, this.#form.version)))
    return view.bytes
  }

  /** Tells the client how far the stream is, if it wants to know. */
  bookmark(revision: number, annotations?: Record<string, string>): void {
    if (!this.#query.allowBookmarks || this.#ended) return
    const { kind, apiVersion } = this.served
    const object: KubeObject = {
      kind,
      apiVersion,
      metadata: {
        name: '',
        resourceVersion: String(revision),
        ...(annotations ? { annotations } : {}),
      },
    }
    Reflect.deleteProperty(object.metadata, 'name')
    this.#write(frameOf('BOOKMARK', this.#objectBytes(new Stored(object, revision))))
  }

  #write(bytes: Buffer): void {
    if (this.#ended || bytes.length === 0) return
    const { res } = this.#exchange
    res.write(bytes)
    if (res.writableLength > maxBacklog) {
      this.end()
      res.destroy()
    }
  }

  fail(error: ApiError): void {
    this.#write(Buffer.from(`${JSON.stringify({ type: 'ERROR', object: error.status })}\n`))
    this.end()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#collection.watchers.delete(this.#deliver)
    this.#exchange.res.end()
    this.#onEnd()
  }
}
