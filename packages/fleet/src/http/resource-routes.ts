/**
 * Routes of configurations and extensions below a cluster: one set for each kind, the operations' monitors, and the
 * cluster's running operations.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CONFIGURATION_OPERATION_VERSIONS, requestedApiVersion } from '../arm/api-versions.ts'
import { badRequest, notFound } from '../arm/arm-error.ts'
import {
  CONFIGURATION_PROVIDER,
  checkedCluster,
  checkedGroup,
  clusterId,
  clusterTypeOf,
  extensionResourceId,
} from '../arm/resource-ids.ts'
import { findOperation, runningOperations, showOperation } from '../resources/operations.ts'
import type { ResourceKind } from '../resources/resource-kind.ts'
import { type ResourceRow, showResource } from '../resources/resource-row.ts'
import type { WriteRequest } from '../resources/resource-writes.ts'
import { findResource, resourceNotFound } from '../resources/stored-resources.ts'
import { admitted } from './access-hook.ts'
import { flag, originOf, pageBody, pageOf, preconditionsOf } from './request-facts.ts'
import type { Service } from './service.ts'

interface ClusterParams {
  subscription: string
  group: string
  clusterRp: string
  clusterType: string
  cluster: string
}

interface NamedParams extends ClusterParams {
  name: string
}

/** Seconds until a client asks again how its operation goes. */
const RETRY_AFTER = '1'

const CLUSTER_PATH = '/subscriptions/:subscription/resourceGroups/:group/providers/:clusterRp/:clusterType/:cluster'
export const CONFIGURATION_PATH = `${CLUSTER_PATH}/providers/${CONFIGURATION_PROVIDER}`

function clusterOf(params: ClusterParams): string {
  const group = checkedGroup(params.subscription, params.group)
  return clusterId(checkedCluster(group, clusterTypeOf(params.clusterRp, params.clusterType), params.cluster))
}

async function requireCluster(service: Service, id: string): Promise<string> {
  const row = await service.store.db
    .selectFrom('clusters')
    .select('id')
    .where('cluster_id', '=', id.toLowerCase())
    .executeTakeFirst()
  if (row !== undefined) return row.id
  const message = `Failed to perform 'read' on a nested resource. The parent resource '${id}' not found.`
  throw notFound('ParentResourceNotFound', message)
}

function correlationOf(request: FastifyRequest): string {
  const given = request.headers['x-ms-correlation-request-id']
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : request.id
}

export function resourceRoutes(app: FastifyInstance, service: Service, kind: ResourceKind): void {
  const { store, writes, guard } = service
  const collection = `${CONFIGURATION_PATH}/${kind.segment}`

  async function writeRequest(request: FastifyRequest<{ Params: NamedParams }>): Promise<WriteRequest> {
    const principal = await admitted(guard, request, kind.type)
    return {
      kind,
      clusterId: clusterOf(request.params),
      name: request.params.name,
      apiVersion: requestedApiVersion(request.query, kind.type, kind.apiVersions),
      principal,
      preconditions: preconditionsOf(request.headers),
      correlationId: correlationOf(request),
    }
  }

  function withOperation(
    request: FastifyRequest,
    reply: FastifyReply,
    row: ResourceRow,
    apiVersion: string,
  ): FastifyReply {
    const monitor = `${originOf(request)}${row.id}/operations/${row.operation_id}?api-version=${apiVersion}`
    return reply.header('azure-asyncoperation', monitor).header('retry-after', RETRY_AFTER)
  }

  app.get<{ Params: ClusterParams }>(collection, async request => {
    await admitted(guard, request, kind.type)
    const apiVersion = requestedApiVersion(request.query, kind.type, kind.apiVersions)
    const id = await requireCluster(service, clusterOf(request.params))
    const page = pageOf(request)
    const rows = await store.db
      .selectFrom('resources')
      .selectAll()
      .where('cluster_id', '=', id.toLowerCase())
      .where('type_key', '=', kind.typeKey)
      .where('name_key', '>', page.after)
      .orderBy('name_key')
      .limit(page.limit + 1)
      .execute()
    return pageBody(
      request,
      page,
      rows,
      row => row.name_key,
      row => showResource(store.keyring, kind, row, apiVersion),
    )
  })

  app.get<{ Params: NamedParams }>(`${collection}/:name`, async (request, reply) => {
    await admitted(guard, request, kind.type)
    const apiVersion = requestedApiVersion(request.query, kind.type, kind.apiVersions)
    const id = await requireCluster(service, clusterOf(request.params))
    const row = await findResource(store.db, id, kind, request.params.name)
    if (row === undefined) throw resourceNotFound(kind, request.params.name)
    reply.header('etag', row.etag)
    return showResource(store.keyring, kind, row, apiVersion)
  })

  app.put<{ Params: NamedParams }>(`${collection}/:name`, async (request, reply) => {
    const write = await writeRequest(request)
    const { row, isNew } = await writes.put(write, request.body)
    withOperation(request, reply, row, write.apiVersion).header('etag', row.etag)
    return reply.code(isNew ? 201 : 200).send(showResource(store.keyring, kind, row, write.apiVersion))
  })

  app.patch<{ Params: NamedParams }>(`${collection}/:name`, async (request, reply) => {
    const write = await writeRequest(request)
    const { row } = await writes.patch(write, request.body)
    withOperation(request, reply, row, write.apiVersion).header('etag', row.etag)
    return reply.code(202).send(showResource(store.keyring, kind, row, write.apiVersion))
  })

  app.delete<{ Params: NamedParams }>(`${collection}/:name`, async (request, reply) => {
    const write = await writeRequest(request)
    await requireCluster(service, write.clusterId)
    const row = await writes.remove(write, flag(request, 'forceDelete'))
    if (row === undefined) return reply.code(204).send()
    return withOperation(request, reply, row, write.apiVersion).code(202).send()
  })

  app.get<{ Params: NamedParams & { operationId: string } }>(
    `${collection}/:name/operations/:operationId`,
    async (request, reply) => {
      await admitted(guard, request, `${kind.type}/operations`)
      requestedApiVersion(request.query, kind.type, kind.apiVersions)
      const { name, operationId } = request.params
      const cluster = clusterOf(request.params)
      const row = await findOperation(store.db, cluster.toLowerCase(), operationId)
      if (row === undefined || row.type_key !== kind.typeKey || row.name_key !== name.toLowerCase()) {
        throw notFound(
          'OperationNotFound',
          `The operation '${operationId}' of ${kind.segment} '${name}' was not found.`,
        )
      }
      if (row.ended_at === null) reply.header('retry-after', RETRY_AFTER)
      const id = `${extensionResourceId(cluster, kind.segment, name)}/operations/${row.operation_id}`
      return showOperation(store.keyring, row, id)
    },
  )
}

export function clusterOperationRoutes(app: FastifyInstance, service: Service): void {
  const type = `${CONFIGURATION_PROVIDER}/operations`
  app.get<{ Params: ClusterParams }>(`${CONFIGURATION_PATH}/operations`, async request => {
    await admitted(service.guard, request, type)
    requestedApiVersion(request.query, type, CONFIGURATION_OPERATION_VERSIONS)
    const id = await requireCluster(service, clusterOf(request.params))
    const rows = await runningOperations(service.store.db, id.toLowerCase())
    const value = rows.map(row =>
      showOperation(service.store.keyring, row, `${row.resource_id}/operations/${row.operation_id}`),
    )
    return { value }
  })

  // Flux v1 configurations can be listed, so that clients see there are none; they cannot be made.
  const legacy = `${CONFIGURATION_PROVIDER}/sourceControlConfigurations`
  app.get<{ Params: ClusterParams }>(`${CONFIGURATION_PATH}/sourceControlConfigurations`, async request => {
    await admitted(service.guard, request, legacy)
    requestedApiVersion(request.query, legacy, CONFIGURATION_OPERATION_VERSIONS)
    await requireCluster(service, clusterOf(request.params))
    return { value: [] }
  })
  app.get<{ Params: NamedParams }>(`${CONFIGURATION_PATH}/sourceControlConfigurations/:name`, async request => {
    await admitted(service.guard, request, legacy)
    throw notFound('ResourceNotFound', `Source control configuration with name '${request.params.name}' not found.`)
  })
  app.put<{ Params: NamedParams }>(`${CONFIGURATION_PATH}/sourceControlConfigurations/:name`, async request => {
    await admitted(service.guard, request, legacy)
    throw badRequest(
      'FluxV1NotSupported',
      'Flux v1 configurations cannot be created: create a fluxConfigurations resource.',
    )
  })
}
