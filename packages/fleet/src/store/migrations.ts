/**
 * The store's schema as code: an ordered list of steps that kysely's migrator applies once each. A step that has
 * shipped never changes; a new shape is a new step. Only portable column types (text, integer, bigint).
 */
import type { CreateTableBuilder, Kysely } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import type { Tables } from './tables.ts'

function withSystemData<Name extends string, Columns extends string>(table: CreateTableBuilder<Name, Columns>) {
  return table
    .addColumn('created_by', 'text', c => c.notNull())
    .addColumn('created_by_type', 'text', c => c.notNull())
    .addColumn('created_at', 'text', c => c.notNull())
    .addColumn('modified_by', 'text', c => c.notNull())
    .addColumn('modified_by_type', 'text', c => c.notNull())
    .addColumn('modified_at', 'text', c => c.notNull())
}

const first: Migration = {
  async up(db) {
    const { schema } = db
    await schema
      .createTable('settings')
      .addColumn('name', 'text', c => c.primaryKey())
      .addColumn('value_sealed', 'text', c => c.notNull())
      .execute()
    await schema
      .createTable('data_keys')
      .addColumn('id', 'text', c => c.primaryKey())
      .addColumn('wrapped', 'text', c => c.notNull())
      .addColumn('wrapping_key_id', 'text', c => c.notNull())
      .addColumn('created_at', 'text', c => c.notNull())
      .execute()
    await schema
      .createTable('users')
      .addColumn('name', 'text', c => c.primaryKey())
      .addColumn('object_id', 'text', c => c.notNull().unique())
      .addColumn('role', 'text', c => c.notNull())
      .addColumn('secret_hash', 'text', c => c.notNull())
      .addColumn('created_at', 'text', c => c.notNull())
      .execute()
    await schema
      .createTable('subscriptions')
      .addColumn('subscription_key', 'text', c => c.primaryKey())
      .addColumn('subscription_id', 'text', c => c.notNull())
      .addColumn('display_name', 'text', c => c.notNull())
      .addColumn('created_at', 'text', c => c.notNull())
      .execute()
    await withSystemData(
      schema
        .createTable('resource_groups')
        .addColumn('subscription_key', 'text', c => c.notNull())
        .addColumn('name_key', 'text', c => c.notNull())
        .addColumn('name', 'text', c => c.notNull())
        .addColumn('body_sealed', 'text', c => c.notNull()),
    )
      .addPrimaryKeyConstraint('resource_groups_pk', ['subscription_key', 'name_key'])
      .execute()
    await withSystemData(
      schema
        .createTable('clusters')
        .addColumn('cluster_id', 'text', c => c.primaryKey())
        .addColumn('id', 'text', c => c.notNull())
        .addColumn('subscription_key', 'text', c => c.notNull())
        .addColumn('group_key', 'text', c => c.notNull())
        .addColumn('type_key', 'text', c => c.notNull())
        .addColumn('name', 'text', c => c.notNull())
        .addColumn('incarnation', 'text', c => c.notNull())
        .addColumn('change_seq', 'integer', c => c.notNull().defaultTo(0))
        .addColumn('body_sealed', 'text', c => c.notNull())
        .addColumn('etag', 'text', c => c.notNull())
        .addColumn('public_key', 'text', c => c.notNull())
        .addColumn('last_heartbeat_at', 'text')
        .addColumn('heartbeat_sealed', 'text'),
    ).execute()
    await schema
      .createIndex('clusters_by_group')
      .on('clusters')
      .columns(['subscription_key', 'group_key', 'type_key', 'cluster_id'])
      .execute()
    await withSystemData(
      schema
        .createTable('resources')
        .addColumn('cluster_id', 'text', c => c.notNull())
        .addColumn('type_key', 'text', c => c.notNull())
        .addColumn('name_key', 'text', c => c.notNull())
        .addColumn('name', 'text', c => c.notNull())
        .addColumn('id', 'text', c => c.notNull())
        .addColumn('generation', 'integer', c => c.notNull())
        .addColumn('change_seq', 'integer', c => c.notNull())
        .addColumn('operation_id', 'text', c => c.notNull())
        .addColumn('correlation_id', 'text', c => c.notNull())
        .addColumn('provisioning_state', 'text', c => c.notNull())
        .addColumn('reported_generation', 'integer', c => c.notNull())
        .addColumn('deleting', 'integer', c => c.notNull())
        .addColumn('expired', 'integer', c => c.notNull())
        .addColumn('etag', 'text', c => c.notNull())
        .addColumn('body_sealed', 'text', c => c.notNull())
        .addColumn('status_sealed', 'text')
        .addColumn('status_updated_at', 'text')
        .addColumn('protected_sealed', 'text')
        .addColumn('protected_generation', 'integer', c => c.notNull())
        .addColumn('protected_at', 'text'),
    )
      .addPrimaryKeyConstraint('resources_pk', ['cluster_id', 'type_key', 'name_key'])
      .execute()
    await schema.createIndex('resources_by_change').on('resources').columns(['cluster_id', 'change_seq']).execute()
    await schema
      .createTable('removals')
      .addColumn('cluster_id', 'text', c => c.notNull())
      .addColumn('change_seq', 'integer', c => c.notNull())
      .addColumn('resource_id', 'text', c => c.notNull())
      .addColumn('removed_at', 'text', c => c.notNull())
      .addPrimaryKeyConstraint('removals_pk', ['cluster_id', 'change_seq'])
      .execute()
    await schema
      .createTable('operations')
      .addColumn('cluster_id', 'text', c => c.notNull())
      .addColumn('operation_id', 'text', c => c.notNull())
      .addColumn('resource_id', 'text', c => c.notNull())
      .addColumn('type_key', 'text', c => c.notNull())
      .addColumn('name_key', 'text', c => c.notNull())
      .addColumn('status', 'text', c => c.notNull())
      .addColumn('error_sealed', 'text')
      .addColumn('started_at', 'text', c => c.notNull())
      .addColumn('ended_at', 'text')
      .addPrimaryKeyConstraint('operations_pk', ['cluster_id', 'operation_id'])
      .execute()
  },
}

const runningOperations: Migration = {
  async up(db) {
    const columns = ['ended_at', 'started_at'] as const
    await db.schema
      .createIndex('operations_by_end')
      .on('operations')
      .columns([...columns])
      .execute()
    await db.schema.createIndex('resources_by_secrets').on('resources').column('protected_at').execute()
  },
}

const provider: MigrationProvider = {
  async getMigrations() {
    return { '0001-first': first, '0002-running-operations': runningOperations }
  },
}

/** Brings the schema to this build's; throws what failed. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw error
}
