import { fieldManagers, type HelmRelease } from '@sluice/api'
import type { ActionOptions, InstallOptions, RollbackOptions, UpgradeOptions, WaitStrategy } from '@sluice/release'
import type { LogLines } from './log-lines.ts'
import { postRendererOf } from './post-renderer.ts'
import type { ReleaseContext } from './release-context.ts'
import { maxHistoryOf, releaseNameOf, releaseNamespaceOf, type TimedAction, timeoutOf } from './release-spec.ts'

/**
 * From a HelmRelease's spec to the options of Helm's actions, with what Flux fixes: it takes fields and objects over.
 */
type CommonContext = Pick<
  ReleaseContext,
  'object' | 'target' | 'storage' | 'waiter' | 'slot' | 'signal' | 'records' | 'health'
>

export function commonOptions(context: CommonContext, action: TimedAction, log?: LogLines): ActionOptions {
  const { object, target, storage, waiter, slot, signal, records } = context
  return {
    client: target.client,
    storage,
    manager: fieldManagers.helmController,
    name: releaseNameOf(object),
    namespace: releaseNamespaceOf(object),
    timeoutMs: timeoutOf(object, action),
    signal,
    waiter,
    slot,
    log: log && (line => log.add(line)),
    history: records.all,
    health: context.health,
    disableHooks: action === 'test' ? false : object.spec[action]?.disableHooks,
  }
}

export function waitStrategyOf({ spec }: HelmRelease, action: Exclude<TimedAction, 'test'>): WaitStrategy {
  if (spec[action]?.disableWait) return 'hookOnly'
  return spec.waitStrategy?.name === 'legacy' ? 'legacy' : 'watcher'
}

export function installOptions(context: ReleaseContext, log: LogLines): InstallOptions {
  const { object } = context
  const { install = {}, targetNamespace } = object.spec
  return {
    ...commonOptions(context, 'install', log),
    ...releaseInputs(context, install),
    ...waitChoice(object, 'install'),
    forceConflicts: serverSideOnInstall(object),
    serverSideApply: serverSideOnInstall(object),
    createNamespace: targetNamespace ? install.createNamespace : false,
    replace: install.replace,
  }
}

export function upgradeOptions(context: ReleaseContext, log: LogLines): UpgradeOptions {
  const { object, records } = context
  const { upgrade = {} } = object.spec
  const serverSideApply = serverSideOnUpgrade(object, records.last?.apply_method)
  return {
    ...commonOptions(context, 'upgrade', log),
    ...releaseInputs(context, upgrade),
    ...waitChoice(object, 'upgrade'),
    forceConflicts: serverSideApply,
    forceReplace: !serverSideApply && upgrade.force,
    serverSideApply,
    maxHistory: maxHistoryOf(object),
    valuesFrom: upgrade.preserveValues ? 'reuse' : 'reset',
    cleanupOnFail: upgrade.cleanupOnFail,
  }
}

export function rollbackOptions(context: ReleaseContext, version: number, log: LogLines): RollbackOptions {
  const { object, records } = context
  const { rollback = {} } = object.spec
  const serverSideApply = chosen(rollback.serverSideApply, records.get(version)?.apply_method)
  return {
    ...commonOptions(context, 'rollback', log),
    ...waitChoice(object, 'rollback'),
    version,
    forceConflicts: serverSideApply,
    forceReplace: !serverSideApply && rollback.force,
    serverSideApply,
    maxHistory: maxHistoryOf(object),
    cleanupOnFail: rollback.cleanupOnFail,
  }
}

export const serverSideOnInstall = ({ spec }: HelmRelease): boolean => spec.install?.serverSideApply ?? true

export const serverSideOnUpgrade = ({ spec }: HelmRelease, before: string | undefined): boolean =>
  chosen(spec.upgrade?.serverSideApply, before)

/** `auto` goes on as the release was applied before. */
function chosen(wanted: 'enabled' | 'disabled' | 'auto' | undefined, before: string | undefined): boolean {
  return wanted === 'enabled' || (wanted !== 'disabled' && before === 'ssa')
}

type ReleaseSpec = NonNullable<HelmRelease['spec']['install'] | HelmRelease['spec']['upgrade']>

function releaseInputs({ object, chart, values, settings }: ReleaseContext, spec: ReleaseSpec) {
  return {
    chart,
    values,
    postRender: postRendererOf(object),
    resolveHost: settings.resolveHost,
    takeOwnership: !spec.disableTakeOwnership,
    disableOpenApiValidation: spec.disableOpenAPIValidation,
    disableSchemaValidation: spec.disableSchemaValidation,
    skipCrds: true,
  }
}

function waitChoice(object: HelmRelease, action: 'install' | 'upgrade' | 'rollback') {
  return { strategy: waitStrategyOf(object, action), waitForJobs: !object.spec[action]?.disableWaitForJobs }
}
