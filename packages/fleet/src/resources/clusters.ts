/**
 * Clusters as ARM resources: `Microsoft.Kubernetes/connectedClusters` and, with the same body,
 * `Microsoft.ContainerService/managedClusters`. Connecting registers the agent's public key; whether a cluster is
 * there is told by its heartbeats.
 */
import { randomUUID } from 'node:crypto'
import type { Heartbeat } from '@sluice/api'
import type { Selectable } from 'kysely'
import type { Principal } from '../access/users.ts'
import { newIncarnation } from '../agents/desired-items.ts'
import { notFound, validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, acceptObject, isJson, type Json, presentObject } from '../arm/field.ts'
import { mergePatch } from '../arm/merge-patch.ts'
import { type ClusterAddress, type ClusterType, clusterId } from '../arm/resource-ids.ts'
import type { Store } from '../store/store.ts'
import type { ClustersTable } from '../store/tables.ts'
import { CLUSTER_ENVELOPE_FIELDS, CLUSTER_FIELDS } from './cluster-fields.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'
import { readEnvelope } from './request-envelope.ts'
import { newEtag } from './stored-resources.ts'
import { createdBy, modifiedBy, showSystemData } from './system-data.ts'

export type ClusterRow = Selectable<ClustersTable>

/** Silent for longer than this, a cluster is offline. */
const OFFLINE_AFTER_MS = 15 * 60_000
/** Fields of the body that a later change of the cluster may set. */
const PATCHABLE = ['distribution', 'distributionVersion', 'azureHybridBenefit', 'gateway']

export interface ClusterWrite {
  address: ClusterAddress
  body: unknown
  apiVersion: string
  principal: Principal
  preconditions: Preconditions
}

export interface Clusters {
  put(write: ClusterWrite): Promise<{ row: ClusterRow; isNew: boolean }>
  patch(write: ClusterWrite): Promise<ClusterRow>
  find(address: ClusterAddress): Promise<ClusterRow | undefined>
  /** By id, `after` exclusive. */
  list(
    scope: { subscription: string; group?: string; type: ClusterType },
    after: string,
    limit: number,
  ): Promise<ClusterRow[]>
  /** Removes the cluster with all its configurations, extensions and operations; false when there was none. */
  remove(address: ClusterAddress, preconditions: Preconditions): Promise<boolean>
  beat(id: string, heartbeat: Heartbeat): Promise<void>
  show(row: ClusterRow, apiVersion: string): Json
}

export function openClusters({ db, keyring }: Store, now: () => Date): Clusters {
  const byKey = (id: string) =>
    db.selectFrom('clusters').selectAll().where('cluster_id', '=', id.toLowerCase()).executeTakeFirst()

  const seal = (id: string, column: string, value: unknown) =>
    keyring.seal(JSON.stringify(value), `${id.toLowerCase()}#${column}`)

  function open(row: ClusterRow, column: 'body' | 'heartbeat'): Json {
    const sealed = column === 'body' ? row.body_sealed : row.heartbeat_sealed
    if (sealed === null) return {}
    const value: unknown = JSON.parse(keyring.open(sealed, `${row.cluster_id}#${column}`))
    return isJson(value) ? value : {}
  }

  function accepted(body: unknown, apiVersion: string): { envelope: Json; properties: Json } {
    const to: Acceptance = { apiVersion, problems: [], secrets: {} }
    const { envelope, properties: given } = readEnvelope(body, CLUSTER_ENVELOPE_FIELDS, to)
    const properties = acceptObject(CLUSTER_FIELDS, given, 'properties', to)
    if (to.problems.length > 0) throw validationFailed(to.problems)
    return { envelope, properties }
  }

  async function requireGroup({ subscription, group }: ClusterAddress): Promise<void> {
    const found = await db
      .selectFrom('resource_groups')
      .select('name')
      .where('subscription_key', '=', subscription.toLowerCase())
      .where('name_key', '=', group.toLowerCase())
      .executeTakeFirst()
    if (found === undefined) throw notFound('ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
  }

  async function updated(
    row: ClusterRow,
    id: string,
    body: { envelope: Json; properties: Json },
    principal: Principal,
  ) {
    return db
      .updateTable('clusters')
      .set({
        id,
        name: id.slice(id.lastIndexOf('/') + 1),
        body_sealed: seal(id, 'body', body),
        etag: newEtag(),
        public_key: String(body.properties.agentPublicKeyCertificate),
        ...modifiedBy(principal, now().toISOString()),
      })
      .where('cluster_id', '=', row.cluster_id)
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  function connectivity(row: ClusterRow): string {
    if (row.last_heartbeat_at === null) return 'Connecting'
    const silentMs = now().getTime() - new Date(row.last_heartbeat_at).getTime()
    return silentMs < OFFLINE_AFTER_MS ? 'Connected' : 'Offline'
  }

  return {
    async put({ address, body, apiVersion, principal, preconditions }) {
      await requireGroup(address)
      const id = clusterId(address)
      const stored = await byKey(id)
      checkPreconditions(preconditions, stored?.etag)
      const { envelope, properties } = accepted(body, apiVersion)
      const before = stored === undefined ? {} : open(stored, 'body').envelope
      const identity = { type: 'SystemAssigned', ...(isJson(envelope.identity) ? envelope.identity : {}) }
      const known = isJson(before) && isJson(before.identity) ? before.identity.principalId : undefined
      const whole = {
        envelope: { ...envelope, identity: { ...identity, principalId: known ?? randomUUID() } },
        properties,
      }
      if (stored !== undefined) return { row: await updated(stored, id, whole, principal), isNew: false }
      const row = await db
        .insertInto('clusters')
        .values({
          cluster_id: id.toLowerCase(),
          id,
          subscription_key: address.subscription.toLowerCase(),
          group_key: address.group.toLowerCase(),
          type_key: address.clusterType.typeKey,
          name: address.cluster,
          incarnation: newIncarnation(),
          body_sealed: seal(id, 'body', whole),
          etag: newEtag(),
          public_key: String(properties.agentPublicKeyCertificate),
          last_heartbeat_at: null,
          heartbeat_sealed: null,
          ...createdBy(principal, now().toISOString()),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return { row, isNew: true }
    },

    async patch({ address, body, apiVersion, principal, preconditions }) {
      const id = clusterId(address)
      const stored = await byKey(id)
      if (stored === undefined) throw notFound('ResourceNotFound', `The Resource '${id}' was not found.`)
      checkPreconditions(preconditions, stored.etag)
      const before = open(stored, 'body')
      const beforeEnvelope = isJson(before.envelope) ? before.envelope : {}
      const beforeProperties = isJson(before.properties) ? before.properties : {}
      const given = isJson(body) ? body : {}
      const givenProperties = isJson(given.properties) ? given.properties : {}
      const fixed = Object.keys(givenProperties).filter(key => !PATCHABLE.includes(key))
      if (fixed.length > 0) {
        throw validationFailed(
          fixed.map(key => ({
            code: 'PropertyChangeNotAllowed',
            target: `properties.${key}`,
            message: `The property 'properties.${key}' cannot be patched: patchable are tags and ${PATCHABLE.join(', ')}.`,
          })),
        )
      }
      const merged = accepted(
        {
          ...beforeEnvelope,
          ...('tags' in given ? { tags: given.tags } : {}),
          properties: mergePatch(beforeProperties, givenProperties),
        },
        apiVersion,
      )
      const envelope = { ...merged.envelope, identity: beforeEnvelope.identity }
      return updated(stored, stored.id, { envelope, properties: merged.properties }, principal)
    },

    find: address => byKey(clusterId(address)),

    list({ subscription, group, type }, after, limit) {
      let query = db
        .selectFrom('clusters')
        .selectAll()
        .where('subscription_key', '=', subscription.toLowerCase())
        .where('type_key', '=', type.typeKey)
        .where('cluster_id', '>', after)
      if (group !== undefined) query = query.where('group_key', '=', group.toLowerCase())
      return query.orderBy('cluster_id').limit(limit).execute()
    },

    async remove(address, preconditions) {
      const id = clusterId(address).toLowerCase()
      return db.transaction().execute(async trx => {
        const row = await trx.selectFrom('clusters').select('etag').where('cluster_id', '=', id).executeTakeFirst()
        if (row === undefined) return false
        checkPreconditions(preconditions, row.etag)
        for (const table of ['resources', 'removals', 'operations'] as const) {
          await trx.deleteFrom(table).where('cluster_id', '=', id).execute()
        }
        await trx.deleteFrom('clusters').where('cluster_id', '=', id).execute()
        return true
      })
    },

    async beat(id, heartbeat) {
      await db
        .updateTable('clusters')
        .set({ last_heartbeat_at: now().toISOString(), heartbeat_sealed: seal(id, 'heartbeat', heartbeat) })
        .where('cluster_id', '=', id)
        .execute()
    },

    show(row, apiVersion) {
      const { envelope, properties } = open(row, 'body')
      const heartbeat = open(row, 'heartbeat')
      const shown = presentObject(CLUSTER_FIELDS, isJson(properties) ? properties : {}, apiVersion)
      const segments = row.id.split('/')
      return {
        id: row.id,
        name: row.name,
        type: `${segments.at(-3)}/${segments.at(-2)}`,
        etag: row.etag,
        systemData: showSystemData(row),
        ...(isJson(envelope) ? envelope : {}),
        properties: {
          ...shown,
          provisioningState: 'Succeeded',
          connectivityStatus: connectivity(row),
          lastConnectivityTime: row.last_heartbeat_at,
          agentVersion: heartbeat.agentVersion ?? null,
          kubernetesVersion: heartbeat.kubernetesVersion ?? null,
          totalNodeCount: heartbeat.totalNodeCount ?? null,
          totalCoreCount: heartbeat.totalCoreCount ?? null,
          distribution: heartbeat.distribution ?? shown.distribution,
        },
      }
    },
  }
}
