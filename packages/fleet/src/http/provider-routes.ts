/**
 * What clients ask about resource providers before they use them: that they are registered, and which operations
 * there are.
 */
import type { FastifyInstance } from 'fastify'
import {
  CONFIGURATION_OPERATION_VERSIONS,
  CONNECTED_CLUSTER_VERSIONS,
  EXTENSION_VERSIONS,
  FLUX_CONFIGURATION_VERSIONS,
  MANAGED_CLUSTER_VERSIONS,
  RESOURCE_VERSIONS,
  requestedApiVersion,
} from '../arm/api-versions.ts'
import { notFound } from '../arm/arm-error.ts'
import type { Json } from '../arm/field.ts'
import { CONFIGURATION_PROVIDER } from '../arm/resource-ids.ts'
import { admitted } from './access-hook.ts'
import type { Service } from './service.ts'

const PROVIDERS: Record<string, Record<string, readonly string[]>> = {
  [CONFIGURATION_PROVIDER]: {
    fluxConfigurations: FLUX_CONFIGURATION_VERSIONS,
    extensions: EXTENSION_VERSIONS,
    operations: CONFIGURATION_OPERATION_VERSIONS,
  },
  'Microsoft.Kubernetes': { connectedClusters: CONNECTED_CLUSTER_VERSIONS },
  'Microsoft.ContainerService': { managedClusters: MANAGED_CLUSTER_VERSIONS },
}

const OPERATIONS: [resource: string, label: string][] = [
  ['extensions', 'Extension'],
  ['extensions/operations', 'Extension operation'],
  ['fluxConfigurations', 'Flux configuration'],
  ['fluxConfigurations/operations', 'Flux configuration operation'],
]

function showProvider(subscription: string, namespace: string): Json {
  const types = Object.entries(PROVIDERS[namespace] ?? {})
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: types.map(([resourceType, versions]) => ({
      resourceType,
      locations: [],
      apiVersions: [...versions].reverse(),
      defaultApiVersion: versions.filter(version => /\d$/.test(version)).at(-1),
      capabilities: 'None',
    })),
  }
}

function operationsOf(resource: string, label: string): Json[] {
  const verbs = resource.endsWith('/operations') ? ['read'] : ['write', 'read', 'delete']
  return verbs.map(verb => ({
    name: `${CONFIGURATION_PROVIDER}/${resource}/${verb}`,
    isDataAction: false,
    origin: 'user,system',
    display: {
      provider: 'Microsoft Kubernetes Configuration',
      resource: label,
      operation: `${verb[0]?.toUpperCase()}${verb.slice(1)} ${label.toLowerCase()}`,
      description: `${verb[0]?.toUpperCase()}${verb.slice(1)}s ${label.toLowerCase()}.`,
    },
  }))
}

export function providerRoutes(app: FastifyInstance, { guard }: Service): void {
  const type = 'Microsoft.Resources/subscriptions/providers'

  app.get<{ Params: { subscription: string } }>('/subscriptions/:subscription/providers', async request => {
    await admitted(guard, request, type)
    requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
    return { value: Object.keys(PROVIDERS).map(one => showProvider(request.params.subscription, one)) }
  })

  app.get<{ Params: { subscription: string; namespace: string } }>(
    '/subscriptions/:subscription/providers/:namespace',
    async request => {
      await admitted(guard, request, type)
      requestedApiVersion(request.query, type, RESOURCE_VERSIONS)
      const { subscription, namespace } = request.params
      const known = Object.keys(PROVIDERS).find(one => one.toLowerCase() === namespace.toLowerCase())
      if (known === undefined) {
        throw notFound('InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`)
      }
      return showProvider(subscription, known)
    },
  )

  app.get(`/providers/${CONFIGURATION_PROVIDER}/operations`, async request => {
    await admitted(guard, request, `${CONFIGURATION_PROVIDER}/operations`)
    requestedApiVersion(request.query, `${CONFIGURATION_PROVIDER}/operations`, CONFIGURATION_OPERATION_VERSIONS)
    return { value: OPERATIONS.flatMap(([resource, label]) => operationsOf(resource, label)) }
  })
}
