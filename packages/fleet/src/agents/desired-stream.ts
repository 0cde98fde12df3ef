/**
 * The streams that carry desired state to clusters. A stream keeps only its cursor: woken by a change it reads from
 * the store what is newer, and it reads no further while its socket is full. So thousands of open streams cost a
 * timer and a few hundred bytes each, and a slow cluster holds nothing up.
 */
import type { ServerResponse } from 'node:http'
import type { DesiredEvent } from '@sluice/api'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import { cursorOf, desiredIds, eventsAfter, positionOf } from './desired-items.ts'

const PING_MS = 15_000
/** A cluster has one agent; a few streams may overlap while it restarts. */
const MAX_STREAMS_PER_CLUSTER = 4
/** Pings that went into a full socket before the connection counts as dead. */
const MAX_STALLED_PINGS = 4

export interface StreamRequest {
  clusterId: string
  incarnation: string
  cursor: string | undefined
  /** End after the first `synced`. */
  once: boolean
}

export interface DesiredStreams {
  /** Serves one stream until the client, the cluster or the service goes. Never rejects. */
  serve(request: StreamRequest, response: ServerResponse): Promise<void>
  /** Ends the streams of a cluster that was disconnected. */
  endCluster(clusterId: string): void
  close(): Promise<void>
  count(): number
}

interface Stream {
  ping(): void
  end(): void
  done: Promise<void>
}

export function openDesiredStreams(store: Store, changes: Changes, onError: (error: unknown) => void): DesiredStreams {
  const byCluster = new Map<string, Set<Stream>>()
  const pings = setInterval(() => {
    for (const streams of byCluster.values()) for (const stream of streams) stream.ping()
  }, PING_MS)
  pings.unref()

  function open(request: StreamRequest, response: ServerResponse): Stream {
    const { clusterId, incarnation, once } = request
    let isOpen = true
    let hasNews = true
    let stalledPings = 0
    let wake: () => void = () => {}

    const unsubscribe = changes.subscribe(clusterId, () => {
      hasNews = true
      wake()
    })
    const stop = () => {
      isOpen = false
      wake()
    }
    response.once('close', stop)
    response.once('error', stop)
    const onDrain = () => wake()
    response.on('drain', onDrain)

    function slept(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      return promise
    }

    /** Writes one line; comes back when the socket takes more. */
    async function send(event: DesiredEvent): Promise<void> {
      if (!isOpen) return
      stalledPings = 0
      let hasRoom = response.write(`${JSON.stringify(event)}\n`)
      while (isOpen && !hasRoom) {
        await slept()
        hasRoom = !response.writableNeedDrain
      }
    }

    async function run(): Promise<void> {
      let at = positionOf(request.cursor, incarnation)
      let isSynced = false
      while (isOpen) {
        hasNews = false
        const next = await eventsAfter(store, clusterId, at)
        for (const event of next.events) await send(event)
        const moved = next.at.seq !== at.seq
        at = next.at
        if (moved) continue
        if (!isSynced) {
          isSynced = true
          const ids = await desiredIds(store, clusterId)
          await send({ event: 'synced', ids, cursor: cursorOf(at), incarnation })
          if (once) break
          continue
        }
        if (isOpen && !hasNews) await slept()
      }
    }

    const done = run()
      .catch(onError)
      .finally(() => {
        unsubscribe()
        response.off('drain', onDrain)
        response.end()
      })
    return {
      ping() {
        if (!isOpen) return
        if (!response.writableNeedDrain) {
          response.write('{"event":"ping"}\n')
        } else {
          stalledPings += 1
          if (stalledPings >= MAX_STALLED_PINGS) response.destroy()
        }
      },
      end: stop,
      done,
    }
  }

  return {
    async serve(request, response) {
      const streams = byCluster.get(request.clusterId) ?? new Set<Stream>()
      byCluster.set(request.clusterId, streams)
      if (streams.size >= MAX_STREAMS_PER_CLUSTER) {
        const oldest = streams.values().next()
        if (!oldest.done) oldest.value.end()
      }
      const stream = open(request, response)
      streams.add(stream)
      await stream.done
      streams.delete(stream)
      if (streams.size === 0 && byCluster.get(request.clusterId) === streams) byCluster.delete(request.clusterId)
    },
    endCluster(clusterId) {
      for (const stream of byCluster.get(clusterId) ?? []) stream.end()
    },
    async close() {
      clearInterval(pings)
      const all = [...byCluster.values()].flatMap(streams => [...streams])
      for (const stream of all) stream.end()
      await Promise.all(all.map(stream => stream.done))
    },
    count: () => [...byCluster.values()].reduce((sum, streams) => sum + streams.size, 0),
  }
}
