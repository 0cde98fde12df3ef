/**
 * Seals the whole store with a new data key and forgets the old ones: what somebody who once had a key could read in
 * a copy of the database ends here. Row by row and repeatable: broken off, it is continued by the next rotation, as
 * every value names its key.
 */
import type { Store } from './store.ts'

type Reseal = (box: string | null, context: string) => string | null

/**
 * Rotates while nobody else writes: at the start of the service, before it listens. Returns how many values were
 * sealed anew.
 */
export async function rotateKeys({ db, keyring }: Store): Promise<number> {
  await keyring.rotate()
  let count = 0
  const reseal: Reseal = (box, context) => {
    if (box === null) return null
    count += 1
    return keyring.seal(keyring.open(box, context), context)
  }
  const sealed = (box: string, context: string): string => reseal(box, context) ?? box

  for (const row of await db.selectFrom('settings').selectAll().execute()) {
    const value_sealed = sealed(row.value_sealed, `settings/${row.name}`)
    await db.updateTable('settings').set({ value_sealed }).where('name', '=', row.name).execute()
  }
  for (const row of await db.selectFrom('resource_groups').selectAll().execute()) {
    const body_sealed = sealed(row.body_sealed, `${row.subscription_key}/${row.name_key}#group`)
    await db
      .updateTable('resource_groups')
      .set({ body_sealed })
      .where('subscription_key', '=', row.subscription_key)
      .where('name_key', '=', row.name_key)
      .execute()
  }
  for (const { cluster_id: id, body_sealed, heartbeat_sealed } of await db
    .selectFrom('clusters')
    .selectAll()
    .execute()) {
    const values = {
      body_sealed: sealed(body_sealed, `${id}#body`),
      heartbeat_sealed: reseal(heartbeat_sealed, `${id}#heartbeat`),
    }
    await db.updateTable('clusters').set(values).where('cluster_id', '=', id).execute()
  }
  for (const row of await db.selectFrom('resources').selectAll().execute()) {
    const id = row.id.toLowerCase()
    await db
      .updateTable('resources')
      .set({
        body_sealed: sealed(row.body_sealed, `${id}#body`),
        status_sealed: reseal(row.status_sealed, `${id}#status`),
        protected_sealed: reseal(row.protected_sealed, `${id}#protected`),
      })
      .where('cluster_id', '=', row.cluster_id)
      .where('type_key', '=', row.type_key)
      .where('name_key', '=', row.name_key)
      .execute()
  }
  for (const row of await db.selectFrom('operations').selectAll().where('error_sealed', 'is not', null).execute()) {
    await db
      .updateTable('operations')
      .set({ error_sealed: reseal(row.error_sealed, `operation/${row.operation_id}#error`) })
      .where('cluster_id', '=', row.cluster_id)
      .where('operation_id', '=', row.operation_id)
      .execute()
  }
  await keyring.forgetOldKeys()
  return count
}
