import { type DesiredExtension, fieldManagers, fluxConfigNames, type KubeObject, type StatusReport } from '@sluice/api'
import { type Log, timestamp } from '@sluice/controller'
import { ApiError, Informer, type KubeClient } from '@sluice/kube'
import { isTerminating } from '../agent/is-terminating.ts'
import { deploymentState, podTroubles } from './deployment-state.ts'
import {
  deploymentName,
  type ExtensionPlace,
  extensionDefinitions,
  extensionLabel,
  extensionObjects,
} from './extension-objects.ts'
import { removeExtension } from './extension-removal.ts'
import { fluxSettings } from './extension-settings.ts'

/**
 * Installs, changes and removes the cluster extension `microsoft.flux`: the definitions and controllers of this build. It is told the
 * desired extension and answers with a report; the Deployment's own events ask for the next look.
 */
export interface ManagerParts {
  kube: KubeClient
  log: Log
  version: string
  image: string
  /** How long the controllers may take to become available, in milliseconds. */
  timeout: number
  /** The Deployment changed. */
  onChange(): void
}

export interface ExtensionOutcome {
  report: StatusReport
  /** Nothing is left of it. */
  removed?: boolean
  /** Look again after so many milliseconds. */
  retry?: number
}

const { extensionNamespace: namespace, extensionType } = fluxConfigNames
const manager = fieldManagers.extensionManager
/** Look again while something is being deleted that no watch of ours tells of. */
const REMOVAL_CHECK = 1_000
/** Try again what the API server refused. */
const REFUSED_CHECK = 10_000
/** Apply everything anew, for what no watch of ours tells of: definitions, rights. */
const FULL_CHECK = 600_000

export class ExtensionManager {
  readonly #parts: ManagerParts
  readonly #deployments: Informer<KubeObject>
  /** What was last applied, as JSON: the same again costs nothing. */
  #applied = ''
  #appliedAt = 0
  #checkedAt = 0
  /** What was last seen to run, as JSON. */
  #reached = ''
  /** The Deployment as our last write left it. */
  #generation = 0
  readonly #said = new Map<string, { code: string; message: string; time: string }>()

  constructor(parts: ManagerParts) {
    this.#parts = parts
    this.#deployments = new Informer<KubeObject>(
      parts.kube,
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      {
        namespace,
        labelSelector: extensionLabel,
        keep: object => object,
        onError: error => parts.log.debug({ err: error }, 'watch of the controllers broke off, trying again'),
      },
    )
    this.#deployments.onChange(parts.onChange)
  }

  start(): void {
    this.#deployments.start()
  }

  async close(): Promise<void> {
    await this.#deployments.close()
  }

  async reconcile(item: DesiredExtension): Promise<ExtensionOutcome> {
    try {
      return await this.#reconcile(item)
    } catch (error) {
      // What the API server refuses is to be read where the extension is; everything else passes by itself.
      if (!(error instanceof ApiError) || ![400, 403, 422].includes(error.code) || isTerminating(error)) throw error
      const code = item.deleting ? 'DeletionFailed' : 'InstallationFailed'
      return { report: this.#report(item, 'Failed', code, error.message), retry: REFUSED_CHECK }
    }
  }

  async #reconcile(item: DesiredExtension): Promise<ExtensionOutcome> {
    const place = { name: item.name, version: this.#parts.version, image: this.#parts.image }
    if (item.deleting) return this.#remove(item, place)
    const { settings, problems } = fluxSettings(item.configurationSettings)
    const refused = await this.#refusal(item)
    if (refused) problems.push(refused)
    if (settings.controllers.length === 0) problems.push('all controllers are switched off')
    if (problems.length > 0) return { report: this.#report(item, 'Failed', 'InstallationFailed', problems.join('; ')) }

    if (!(await this.#apply(place, extensionDefinitions(place), extensionObjects(place, settings)))) {
      const message = 'waiting for an earlier installation to go'
      return { report: this.#report(item, 'Updating', 'Installing', message), retry: REMOVAL_CHECK }
    }
    const deployment = this.#deployments.get(namespace, deploymentName)
    const state = deploymentState(deployment)
    if (state.kind === 'available' && (deployment?.metadata.generation ?? 0) >= this.#generation) {
      this.#reached = this.#applied
      const message = `microsoft.flux ${place.version} runs`
      return { report: this.#report(item, 'Succeeded', 'InstallationSucceeded', message), retry: FULL_CHECK }
    }
    // It is installed: that its controllers are away for a while is worth a word, and no failed installation.
    if (state.kind !== 'available' && this.#reached === this.#applied) {
      return { report: this.#report(item, 'Succeeded', 'ControllersUnavailable', state.message) }
    }
    const left = this.#appliedAt + this.#parts.timeout - performance.now()
    const message = state.kind === 'available' ? 'the Deployment is being rolled out' : state.message
    if (state.kind !== 'failed' && left > 0) {
      return { report: this.#report(item, 'Updating', 'Installing', message), retry: left }
    }
    const said = [message, ...(await this.#podTroubles())].join('; ')
    return {
      report: this.#report(item, 'Failed', 'InstallationFailed', `the controllers did not become available: ${said}`),
    }
  }

  /** What stands against it besides its settings. */
  async #refusal(item: DesiredExtension): Promise<string | undefined> {
    const { version } = this.#parts
    if (item.extensionType.toLowerCase() !== extensionType) {
      return `the extension type ${item.extensionType} is not known here: this build installs ${extensionType} only`
    }
    if (item.version && item.version !== version) {
      return `the version ${item.version} cannot be installed: this build has ${version}. Unpin the version, or pin this one`
    }
    if (item.releaseNamespace && item.releaseNamespace !== namespace) {
      return `${extensionType} is released in namespace ${namespace} only, not in ${item.releaseNamespace}`
    }
    await this.#deployments.synced
    const other = this.#deployments.get(namespace, deploymentName)?.metadata.labels?.[extensionLabel]
    return other && other !== item.name ? `${extensionType} is already installed, as extension ${other}` : undefined
  }

  /** `false`: definitions of an earlier installation are still being deleted, and ours would go with them. */
  async #apply(place: ExtensionPlace, definitions: KubeObject[], objects: KubeObject[]): Promise<boolean> {
    const wanted = JSON.stringify([definitions, objects])
    const same = wanted === this.#applied && this.#deployments.has(namespace, deploymentName)
    if (same && performance.now() - this.#checkedAt < FULL_CHECK) return true
    const { kube, log } = this.#parts
    const options = { fieldManager: manager, force: true }
    const applied = await Promise.all(definitions.map(definition => kube.apply(definition, options)))
    if (applied.some(definition => definition.metadata.deletionTimestamp)) return false
    for (const object of objects) {
      const result = await kube.apply(object, options)
      if (result.kind !== 'Deployment') continue
      this.#generation = result.metadata.generation ?? 0
      this.#deployments.observe(result)
    }
    this.#checkedAt = performance.now()
    if (wanted === this.#applied) return true
    this.#appliedAt = performance.now()
    this.#applied = wanted
    log.info({ version: place.version }, 'extension microsoft.flux applied')
    return true
  }

  async #remove(item: DesiredExtension, place: ExtensionPlace): Promise<ExtensionOutcome> {
    this.#applied = ''
    this.#reached = ''
    const ours = this.#deployments.get(namespace, deploymentName)?.metadata.labels?.[extensionLabel]
    // A second instance that was refused made nothing, and must take nothing.
    if (item.extensionType.toLowerCase() !== extensionType || (ours && ours !== item.name)) {
      return { report: this.#report(item, 'Deleted', 'Deleted', ''), removed: true }
    }
    const step = await removeExtension(this.#parts.kube, place)
    switch (step.kind) {
      case 'refused':
        return { report: this.#report(item, 'Failed', 'DeletionFailed', step.message) }
      case 'waiting':
        return { report: this.#report(item, 'Updating', 'Deleting', step.message), retry: REMOVAL_CHECK }
      case 'removed':
        this.#parts.log.info('extension microsoft.flux removed')
        return { report: this.#report(item, 'Deleted', 'Deleted', ''), removed: true }
    }
  }

  async #podTroubles(): Promise<string[]> {
    const selector = { namespace, labelSelector: `app=${deploymentName}` }
    const { items } = await this.#parts.kube.list({ apiVersion: 'v1', kind: 'Pod' }, selector)
    return podTroubles(items)
  }

  #report(
    item: DesiredExtension,
    provisioningState: StatusReport['provisioningState'],
    code: string,
    message: string,
  ): StatusReport {
    const failed = provisioningState === 'Failed'
    const level = failed ? 'Error' : code === 'ControllersUnavailable' ? 'Warning' : 'Information'
    const before = this.#said.get(item.id)
    // The same said again is no news.
    const same = before?.code === code && before.message === message
    const time = same ? before.time : timestamp(new Date())
    this.#said.set(item.id, { code, message, time })
    return {
      id: item.id,
      generation: item.generation,
      provisioningState,
      ...(item.configurationProtectedSettings && { protectedSettingsStored: true }),
      errorMessage: failed ? message : '',
      extension: {
        ...(provisioningState === 'Succeeded' && { currentVersion: this.#parts.version }),
        statuses: message ? [{ code, displayStatus: code, level, message, time }] : [],
      },
    }
  }
}
