/** What `connectedk8s connect|list|show|delete` do. */
import { at, isJson, type Json, ServiceError } from '../fleet-client.ts'
import { readLogin } from '../login-file.ts'
import { type OutputFormat, print, type Table } from '../output.ts'
import { UsageError } from '../usage-error.ts'
import { version } from '../version.ts'
import { confirm } from './confirm.ts'
import { keyValues } from './key-values.ts'
import { openSession, type Session } from './session.ts'
import { CLUSTER_VERSION, GROUP_VERSION } from './versions.ts'

export interface ClusterNameOptions {
  name: string
  resourceGroup: string
  subscription?: string
  output: OutputFormat
}

export interface ClusterListOptions {
  resourceGroup?: string
  subscription?: string
  output: OutputFormat
}

export interface ConnectOptions extends ClusterNameOptions {
  location: string
  kubeConfig?: string
  kubeContext?: string
  distribution?: string
  infrastructure?: string
  tags?: string[]
  image?: string
  yes?: boolean
  force?: boolean
}

const PROVIDER = 'Microsoft.Kubernetes/connectedClusters'
const DEFAULT_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'

const groupPath = (subscription: string, group: string): string =>
  `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(group)}`

function clusterPath({ subscription }: Session, { resourceGroup, name }: ClusterNameOptions): string {
  return `${groupPath(subscription, resourceGroup)}/providers/${PROVIDER}/${encodeURIComponent(name)}`
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

function clusterTable(clusters: Json[]): Table {
  return {
    columns: [
      'name',
      'location',
      'resourceGroup',
      'connectivityStatus',
      'lastConnectivityTime',
      'kubernetesVersion',
      'agentVersion',
      'nodes',
    ],
    rows: clusters.map(one => [
      text(one.name),
      text(one.location),
      text(one.id).split('/')[4] ?? '',
      text(at(one, 'properties.connectivityStatus')),
      text(at(one, 'properties.lastConnectivityTime')),
      text(at(one, 'properties.kubernetesVersion')),
      text(at(one, 'properties.agentVersion')),
      text(at(one, 'properties.totalNodeCount')),
    ]),
  }
}

async function kubeClientOf(options: ConnectOptions) {
  const { defaultAccess, KubeClient } = await import('@sluice/kube')
  const { kubeConfig, kubeContext } = options
  return new KubeClient(
    defaultAccess({
      ...(kubeConfig === undefined ? {} : { kubeconfig: kubeConfig }),
      ...(kubeContext === undefined ? {} : { context: kubeContext }),
    }),
  )
}

async function ensureGroup({ client, subscription }: Session, group: string, location: string): Promise<void> {
  const path = groupPath(subscription, group)
  try {
    await client.get(path, GROUP_VERSION)
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ResourceGroupNotFound')) throw error
    process.stderr.write(`Creating resource group '${group}'\n`)
    await client.request('PUT', path, GROUP_VERSION, { location })
  }
}

export async function connect(options: ConnectOptions): Promise<void> {
  const login = readLogin(new Date())
  const session = await openSession(options.subscription ?? login.subscription ?? (await onlySubscription()))
  const { connectedAs, installAgent, keyPairOf } = await import('./agent-in-cluster.ts')
  const kube = await kubeClientOf(options)
  const path = clusterPath(session, options)
  const other = await connectedAs(kube)
  if (other !== undefined && other.toLowerCase() !== decodeURIComponent(path).toLowerCase()) {
    throw new UsageError(
      `The cluster is connected already, as '${other}'. Disconnect it first with 'sluice connectedk8s delete', or use that name.`,
    )
  }
  const keys = await keyPairOf(kube)
  await ensureGroup(session, options.resourceGroup, options.location)
  const { distribution, infrastructure, tags } = options
  process.stderr.write(`Connecting cluster '${options.name}' to ${login.service}\n`)
  const answer = await session.client.request('PUT', path, CLUSTER_VERSION, {
    location: options.location,
    identity: { type: 'SystemAssigned' },
    ...(tags === undefined ? {} : { tags: keyValues(tags, '--tags') }),
    properties: {
      agentPublicKeyCertificate: keys.publicKey,
      ...(distribution === undefined ? {} : { distribution }),
      ...(infrastructure === undefined ? {} : { infrastructure }),
    },
  })
  const resourceId = String(at(answer.body, 'id'))
  const settings = {
    resourceId,
    serviceUrl: login.service,
    serviceCa: login.ca ?? '',
    privateKey: keys.privateKey,
    version: version(),
  }
  await installAgent(kube, settings, options.image)
  const made = isJson(answer.body) ? answer.body : {}
  print(options.output, made, () => clusterTable([made]))
}

/** The first cluster of a service may be connected before there is any subscription. */
async function onlySubscription(): Promise<string | undefined> {
  const { FleetClient } = await import('../fleet-client.ts')
  const all = await new FleetClient(readLogin(new Date())).list('/subscriptions', '2022-12-01')
  return all.length === 0 ? DEFAULT_SUBSCRIPTION : undefined
}

export async function list(options: ClusterListOptions): Promise<void> {
  const { client, subscription } = await openSession(options.subscription)
  const { resourceGroup } = options
  const scope =
    resourceGroup === undefined
      ? `/subscriptions/${encodeURIComponent(subscription)}`
      : groupPath(subscription, resourceGroup)
  const clusters = await client.list(`${scope}/providers/${PROVIDER}`, CLUSTER_VERSION)
  print(options.output, clusters, () => clusterTable(clusters))
}

export async function show(options: ClusterNameOptions): Promise<void> {
  const session = await openSession(options.subscription)
  const cluster = await session.client.get(clusterPath(session, options), CLUSTER_VERSION)
  print(options.output, cluster, () => clusterTable([cluster]))
}

export async function remove(options: ClusterNameOptions & ConnectOptions): Promise<void> {
  await confirm('Are you sure you want to perform this operation?', options.yes)
  const session = await openSession(options.subscription)
  const path = clusterPath(session, options)
  if (!options.force) {
    const { connectedAs, removeAgent } = await import('./agent-in-cluster.ts')
    const kube = await kubeClientOf(options)
    const there = await connectedAs(kube)
    if (there !== undefined && there.toLowerCase() !== decodeURIComponent(path).toLowerCase()) {
      throw new UsageError(
        `The cluster of the kubeconfig is connected as '${there}', not as '${options.name}'. Give the kubeconfig of the right ` +
          'cluster, or --force to forget it in the service only.',
      )
    }
    if (there !== undefined) await removeAgent(kube)
  }
  await session.client.request('DELETE', path, CLUSTER_VERSION)
}
