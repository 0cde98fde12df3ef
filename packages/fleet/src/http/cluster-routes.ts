/** Routes of clusters, resource groups and subscriptions. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  CONNECTED_CLUSTER_VERSIONS,
  MANAGED_CLUSTER_VERSIONS,
  RESOURCE_VERSIONS,
  requestedApiVersion,
} from '../arm/api-versions.ts'
import { notFound } from '../arm/arm-error.ts'
import {
  type ClusterAddress,
  type ClusterType,
  CONNECTED_CLUSTERS,
  checkedCluster,
  checkedGroup,
  clusterId,
  MANAGED_CLUSTERS,
} from '../arm/resource-ids.ts'
import { admitted } from './access-hook.ts'
import { pageBody, pageOf, preconditionsOf } from './request-facts.ts'
import type { Service } from './service.ts'

interface GroupParams {
  subscription: string
  group: string
}
interface ClusterParams extends GroupParams {
  cluster: string
}

function groupNotFound(group: string) {
  return notFound('ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
}

const GROUP_PATH = '/subscriptions/:subscription/resourceGroups/:group'

function routesOfClusterType(app: FastifyInstance, service: Service, type: ClusterType, versions: string[]): void {
  const { clusters, guard, streams } = service
  const name = `${type.provider}/${type.type}`
  const collection = `${GROUP_PATH}/providers/${name}`

  function addressOf(params: ClusterParams): ClusterAddress {
    return checkedCluster(checkedGroup(params.subscription, params.group), type, params.cluster)
  }

  async function list(request: FastifyRequest, scope: { subscription: string; group?: string }) {
    await admitted(guard, request, name)
    const apiVersion = requestedApiVersion(request.query, name, versions)
    const page = pageOf(request)
    const rows = await clusters.list({ ...scope, type }, page.after, page.limit + 1)
    return pageBody(
      request,
      page,
      rows,
      row => row.cluster_id,
      row => clusters.show(row, apiVersion),
    )
  }

  app.get<{ Params: { subscription: string } }>(`/subscriptions/:subscription/providers/${name}`, request =>
    list(request, { subscription: request.params.subscription }),
  )
  app.get<{ Params: GroupParams }>(collection, async request => {
    await admitted(guard, request, name)
    if ((await service.groups.find(request.params)) === undefined) throw groupNotFound(request.params.group)
    return list(request, request.params)
  })

  app.get<{ Params: ClusterParams }>(`${collection}/:cluster`, async (request, reply) => {
    await admitted(guard, request, name)
    const apiVersion = requestedApiVersion(request.query, name, versions)
    const address = addressOf(request.params)
    const row = await clusters.find(address)
    if (row === undefined) {
      const group = address.group
      const message = `The Resource '${name}/${address.cluster}' under resource group '${group}' was not found.`
      throw notFound('ResourceNotFound', message)
    }
    reply.header('etag', row.etag)
    return clusters.show(row, apiVersion)
  })

  async function writeOf(request: FastifyRequest<{ Params: ClusterParams }>) {
    const principal = await admitted(guard, request, name)
    const apiVersion = requestedApiVersion(request.query, name, versions)
    const preconditions = preconditionsOf(request.headers)
    return { address: addressOf(request.params), body: request.body, apiVersion, principal, preconditions }
  }

  app.put<{ Params: ClusterParams }>(`${collection}/:cluster`, async (request, reply) => {
    const write = await writeOf(request)
    const { row, isNew } = await clusters.put(write)
    reply.header('etag', row.etag).code(isNew ? 201 : 200)
    return clusters.show(row, write.apiVersion)
  })

  app.patch<{ Params: ClusterParams }>(`${collection}/:cluster`, async (request, reply) => {
    const write = await writeOf(request)
    const row = await clusters.patch(write)
    reply.header('etag', row.etag)
    return clusters.show(row, write.apiVersion)
  })

  app.delete<{ Params: ClusterParams }>(`${collection}/:cluster`, async (request, reply) => {
    const { address, preconditions } = await writeOf(request)
    const wasThere = await clusters.remove(address, preconditions)
    streams.endCluster(clusterId(address).toLowerCase())
    return reply.code(wasThere ? 200 : 204).send()
  })
}

export function clusterRoutes(app: FastifyInstance, service: Service): void {
  routesOfClusterType(app, service, CONNECTED_CLUSTERS, CONNECTED_CLUSTER_VERSIONS)
  routesOfClusterType(app, service, MANAGED_CLUSTERS, MANAGED_CLUSTER_VERSIONS)
}

export function groupRoutes(app: FastifyInstance, service: Service): void {
  const { groups, guard } = service
  const type = 'Microsoft.Resources/subscriptions/resourceGroups'

  app.get('/subscriptions', async request => {
    await admitted(guard, request, 'Microsoft.Resources/subscriptions')
    requestedApiVersion(request.query, 'subscriptions', RESOURCE_VERSIONS)
    return { value: await groups.subscriptions() }
  })

  app.get<{ Params: { subscription: string } }>('/subscriptions/:subscription', async request => {
    await admitted(guard, request, 'Microsoft.Resources/subscriptions')
    requestedApiVersion(request.query, 'subscriptions', RESOURCE_VERSIONS)
    const { subscription } = request.params
    const found = await groups.subscription(subscription)
    if (found === undefined) {
      throw notFound('SubscriptionNotFound', `The subscription '${subscription}' could not be found.`)
    }
    return found
  })

  app.get<{ Params: { subscription: string } }>('/subscriptions/:subscription/resourceGroups', async request => {
    await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    const page = pageOf(request)
    const found = await groups.list(request.params.subscription, page.after, page.limit + 1)
    return pageBody(
      request,
      page,
      found,
      one => one.key,
      one => one.group,
    )
  })

  app.get<{ Params: GroupParams }>(GROUP_PATH, { exposeHeadRoute: false }, async request => {
    await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    const found = await groups.find(request.params)
    if (found === undefined) {
      throw groupNotFound(request.params.group)
    }
    return found
  })

  app.head<{ Params: GroupParams }>(GROUP_PATH, async (request, reply) => {
    await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    return reply.code((await groups.find(request.params)) === undefined ? 404 : 204).send()
  })

  app.put<{ Params: GroupParams }>(GROUP_PATH, async (request, reply) => {
    const principal = await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    const address = checkedGroup(request.params.subscription, request.params.group)
    const { group, isNew } = await groups.put(address, request.body, principal)
    return reply.code(isNew ? 201 : 200).send(group)
  })

  app.delete<{ Params: GroupParams }>(GROUP_PATH, async (request, reply) => {
    await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    const wasThere = await groups.remove(request.params)
    if (!wasThere) {
      throw groupNotFound(request.params.group)
    }
    return reply.code(200).send()
  })
}
