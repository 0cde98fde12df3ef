/**
 * Subscriptions and resource groups: the scopes that clusters live in. A subscription exists from the first resource
 * group made in it.
 */
import type { Selectable } from 'kysely'
import type { Principal } from '../access/users.ts'
import { conflict, notFound, validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, type Field, isJson, type Json } from '../arm/field.ts'
import { type GroupAddress, groupId } from '../arm/resource-ids.ts'
import type { Store } from '../store/store.ts'
import type { ResourceGroupsTable, SubscriptionsTable } from '../store/tables.ts'
import { readEnvelope } from './request-envelope.ts'
import { createdBy, modifiedBy } from './system-data.ts'

type GroupRow = Selectable<ResourceGroupsTable>
type SubscriptionRow = Selectable<SubscriptionsTable>

const FIELDS: Record<string, Field> = {
  location: { type: 'string', required: true },
  tags: { type: 'map', of: { type: 'string' }, nullable: true },
  managedBy: { type: 'string', nullable: true },
}

export interface ResourceGroups {
  put(address: GroupAddress, body: unknown, principal: Principal): Promise<{ group: Json; isNew: boolean }>
  find(address: GroupAddress): Promise<Json | undefined>
  /** By name, `after` exclusive; each with the key that continues after it. */
  list(subscription: string, after: string, limit: number): Promise<{ key: string; group: Json }[]>
  /** False when there was none; throws 409 while it holds clusters. */
  remove(address: GroupAddress): Promise<boolean>
  subscriptions(): Promise<Json[]>
  subscription(id: string): Promise<Json | undefined>
}

function showSubscription(row: SubscriptionRow): Json {
  return {
    id: `/subscriptions/${row.subscription_id}`,
    subscriptionId: row.subscription_id,
    displayName: row.display_name,
    state: 'Enabled',
    authorizationSource: 'RoleBased',
  }
}

export function openResourceGroups({ db, keyring }: Store, now: () => Date): ResourceGroups {
  const context = (row: { subscription_key: string; name_key: string }) =>
    `${row.subscription_key}/${row.name_key}#group`

  function show(row: GroupRow, subscription: string): Json {
    const body: unknown = JSON.parse(keyring.open(row.body_sealed, context(row)))
    return {
      id: groupId({ subscription, group: row.name }),
      name: row.name,
      type: 'Microsoft.Resources/resourceGroups',
      ...(isJson(body) ? body : {}),
      properties: { provisioningState: 'Succeeded' },
    }
  }

  const keys = ({ subscription, group }: GroupAddress) => ({
    subscription_key: subscription.toLowerCase(),
    name_key: group.toLowerCase(),
  })

  async function row(address: GroupAddress): Promise<GroupRow | undefined> {
    const { subscription_key, name_key } = keys(address)
    return db
      .selectFrom('resource_groups')
      .selectAll()
      .where('subscription_key', '=', subscription_key)
      .where('name_key', '=', name_key)
      .executeTakeFirst()
  }

  async function subscriptionRow(id: string): Promise<SubscriptionRow | undefined> {
    return db
      .selectFrom('subscriptions')
      .selectAll()
      .where('subscription_key', '=', id.toLowerCase())
      .executeTakeFirst()
  }

  return {
    async put(address, body, principal) {
      const to: Acceptance = { apiVersion: '9999', problems: [], secrets: {} }
      const { envelope } = readEnvelope(body, FIELDS, to)
      if (to.problems.length > 0) throw validationFailed(to.problems)
      const at = now().toISOString()
      const { subscription, group } = address
      const key = keys(address)
      const body_sealed = keyring.seal(JSON.stringify(envelope), context(key))
      const stored = await row(address)
      await db.transaction().execute(async trx => {
        await trx
          .insertInto('subscriptions')
          .values({
            subscription_key: key.subscription_key,
            subscription_id: subscription,
            display_name: subscription,
            created_at: at,
          })
          .onConflict(on => on.column('subscription_key').doNothing())
          .execute()
        await trx
          .insertInto('resource_groups')
          .values({ ...key, name: group, body_sealed, ...createdBy(principal, at) })
          .onConflict(on =>
            on
              .columns(['subscription_key', 'name_key'])
              .doUpdateSet({ name: group, body_sealed, ...modifiedBy(principal, at) }),
          )
          .execute()
      })
      const written = await row(address)
      if (written === undefined)
        throw notFound('ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
      return { group: show(written, subscription), isNew: stored === undefined }
    },

    async find(address) {
      const found = await row(address)
      return found === undefined ? undefined : show(found, address.subscription)
    },

    async list(subscription, after, limit) {
      const rows = await db
        .selectFrom('resource_groups')
        .selectAll()
        .where('subscription_key', '=', subscription.toLowerCase())
        .where('name_key', '>', after)
        .orderBy('name_key')
        .limit(limit)
        .execute()
      return rows.map(one => ({ key: one.name_key, group: show(one, subscription) }))
    },

    async remove(address) {
      const { subscription_key, name_key } = keys(address)
      const clusters = await db
        .selectFrom('clusters')
        .select('name')
        .where('subscription_key', '=', subscription_key)
        .where('group_key', '=', name_key)
        .limit(10)
        .execute()
      if (clusters.length > 0) {
        const names = clusters.map(cluster => cluster.name).join(', ')
        throw conflict(`The resource group '${address.group}' holds clusters (${names}): delete them first.`)
      }
      const done = await db
        .deleteFrom('resource_groups')
        .where('subscription_key', '=', subscription_key)
        .where('name_key', '=', name_key)
        .executeTakeFirst()
      return done.numDeletedRows > 0n
    },

    async subscriptions() {
      const rows = await db.selectFrom('subscriptions').selectAll().orderBy('subscription_key').execute()
      return rows.map(showSubscription)
    },

    async subscription(id) {
      const found = await subscriptionRow(id)
      return found === undefined ? undefined : showSubscription(found)
    },
  }
}
