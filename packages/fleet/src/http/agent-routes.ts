/**
 * The agents' endpoint: the stream of desired state, status reports and heartbeats (see the agent protocol in the API
 * package).
 */
import type { FastifyInstance } from 'fastify'
import { newIncarnation, positionOf } from '../agents/desired-items.ts'
import { acceptHeartbeat, acceptStatusBatch } from '../agents/report-fields.ts'
import { notFound } from '../arm/arm-error.ts'
import { flag, queryValue } from './request-facts.ts'
import type { Service } from './service.ts'

/** A cluster with thousands of Flux objects reports them in several batches; one must not be larger than this. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024

export function agentRoutes(app: FastifyInstance, service: Service): void {
  const { agents, intake, streams, clusters, store, now } = service

  app.get('/agent/v1/desired', { exposeHeadRoute: false }, async (request, reply) => {
    const clusterId = await agents.authenticate(request.headers.authorization)
    const row = await store.db
      .selectFrom('clusters')
      .select(['incarnation', 'change_seq'])
      .where('cluster_id', '=', clusterId)
      .executeTakeFirst()
    if (row === undefined) throw notFound('ClusterNotFound', `The cluster '${clusterId}' is not connected.`)
    const once = flag(request, 'once')
    const cursor = queryValue(request, 'cursor')
    let { incarnation } = row
    if (positionOf(cursor, incarnation).seq > row.change_seq) {
      // The agent has heard of more than we know: our store was set back from a backup. Its life begins anew here.
      incarnation = newIncarnation()
      await store.db.updateTable('clusters').set({ incarnation }).where('cluster_id', '=', clusterId).execute()
    }
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
      'x-ms-request-id': request.id,
    })
    response.flushHeaders()
    await streams.serve({ clusterId, incarnation, cursor, once }, response)
  })

  app.post('/agent/v1/status', { bodyLimit: MAX_BATCH_BYTES }, async request => {
    const clusterId = await agents.authenticate(request.headers.authorization)
    return { accepted: await intake.take(clusterId, acceptStatusBatch(request.body)) }
  })

  app.post('/agent/v1/heartbeat', async request => {
    const clusterId = await agents.authenticate(request.headers.authorization)
    await clusters.beat(clusterId, acceptHeartbeat(request.body))
    return { serverTime: now().toISOString() }
  })
}
