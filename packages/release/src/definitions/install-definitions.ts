/** The definitions in a chart's crds/ before anything else of it, as plain Helm installs them. */

import type { KubeObject } from '@sluice/api'
import { chartDefinitions } from '@sluice/helm'
import { isConflict } from '@sluice/kube'
import type { InstallOptions } from '../action/action-options.ts'
import { type ActionRun, messageOf } from '../action/action-run.ts'
import { ReleaseError } from '../action/release-error.ts'
import { buildObjects } from '../cluster/build-objects.ts'
import { createObjects } from '../cluster/change-objects.ts'

const establishedWithin = 60_000

/**
 * Throws ReleaseError. What is known to exist stays as it is without server-side apply, and is applied anew with it.
 */
export async function installDefinitions(run: ActionRun<InstallOptions>): Promise<void> {
  const { client, chart, values, namespace, manager, signal, helmVersion = '4.2', waiter } = run.options
  const { serverSideApply = true, forceConflicts = false, strategy = 'hookOnly' } = run.options
  const live: KubeObject[] = []
  for (const { path, text } of chartDefinitions(chart, values, helmVersion)) {
    const what = `failed to install CRD ${path.slice(path.indexOf('/') + 1)}`
    const built = await buildObjects(text, { client, namespace, validate: false, what })
    if (built.length === 0) throw new ReleaseError('build', `${what}: resources are empty`)
    const method = serverSideApply ? 'ssa' : 'csa'
    const result = await createObjects(built, {
      client,
      manager,
      signal,
      method,
      forceConflicts,
      forceReplace: false,
      adopt: forceConflicts,
      log: run.log,
    })
    if (result.error && !(method === 'csa' && isConflict(result.error.cause))) {
      throw new ReleaseError('apply', `${what}: ${messageOf(result.error)}`, { cause: result.error })
    }
    live.push(...result.live.values())
  }
  if (live.length === 0) return
  if (strategy !== 'hookOnly') {
    await waiter.ready(live, { strategy, jobs: false, timeoutMs: establishedWithin, signal })
  }
  await client.discovery.refresh()
}
