/** Objects of records: what a revision wanted on the cluster, and what an interrupted one may have left there. */
import { type BuiltObject, buildObjects, objectKey } from '../cluster/build-objects.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { ActionRun } from './action-run.ts'

export const currentManifest = 'unable to build kubernetes objects from current release manifest'
export const newManifest = 'unable to build kubernetes objects from new release manifest'

/** Objects by what tells them apart. Throws ReleaseError that begins with `what`. */
export async function objectsOf(
  run: ActionRun,
  record: ReleaseRecord,
  what: string,
): Promise<Map<string, BuiltObject>> {
  const { client } = run.options
  const { manifest, namespace } = record
  const built = await buildObjects(manifest, { client, namespace, validate: false, what })
  return new Map(built.map(object => [objectKey(object), object]))
}

/**
 * Objects that revisions besides `base` may have left: those that failed or broke off since the last one that went
 * well, and that one. Helm forgets them, and so they would stay for ever. What cannot be built any more cannot be
 * there either.
 */
export async function leftObjects(
  run: ActionRun,
  history: readonly ReleaseRecord[],
  base: ReleaseRecord,
): Promise<Map<string, BuiltObject>> {
  const left = new Map<string, BuiltObject>()
  for (const record of history.slice(lastGood(history))) {
    if (record.version === base.version || record.info.status === 'uninstalled') continue
    const objects = await objectsOf(run, record, newManifest).catch(() => new Map<string, BuiltObject>())
    for (const [key, object] of objects) left.set(key, object)
  }
  return left
}

function lastGood(history: readonly ReleaseRecord[]): number {
  const deployed = history.findLastIndex(record => record.info.status === 'deployed')
  if (deployed >= 0) return deployed
  return Math.max(
    0,
    history.findLastIndex(record => record.info.status === 'superseded'),
  )
}
