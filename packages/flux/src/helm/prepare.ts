import { type Artifact, fieldManagers, type HelmRelease, helmReasons, reasons } from '@sluice/api'
import { ArtifactNotFoundError } from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import { type Chart, chartDefinitions, type Table } from '@sluice/helm'
import type { Informer, KubeClient } from '@sluice/kube'
import { type HealthRule, type ReleaseStorage, type Slot, secretStorage, type Waiter } from '@sluice/release'
import { CelError } from '../cel.ts'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'
import type { ChartCache } from './chart-cache.ts'
import { accessProblem, chartAnswer, chartOfTemplate, chartSourceOf } from './chart-source.ts'
import { reconcileChart } from './chart-template.ts'
import { ChartVersionError, chartVersionOf } from './chart-version.ts'
import { type ComposedValues, composedValues } from './compose-values.ts'
import type { StoredRelease } from './decide.ts'
import { runUninstall } from './release-actions.ts'
import { RecordList, type ReleaseContext } from './release-context.ts'
import { namespaceOf, releaseNameOf, releaseNamespaceOf, storageNamespaceOf } from './release-spec.ts'
import { takeRequest } from './requests.ts'
import { secretMask } from './secret-mask.ts'
import { latestOf } from './snapshots.ts'
import type { SourceChanges } from './source-changes.ts'
import { specDigests } from './spec-digest.ts'
import type { StatusDraft } from './status-draft.ts'
import { isDigestOf, valuesDigest } from './values-digest.ts'
import type { Waiters } from './waiters.ts'

/**
 * Everything a release needs before Helm is asked: the HelmChart of its template, dependencies, source, values, chart,
 * cluster. A release that is to be another one (another name, namespace or chart) is taken off first.
 */
export interface PrepareParts {
  /** The controller's own. */
  client: KubeClient
  sources: ReadonlyMap<string, Informer>
  sourceChanges: SourceChanges
  targets: ClusterTargets
  waiters: Waiters
  charts: ChartCache
  slot: Slot
  health: HealthRule | undefined
  remembered: StoredRelease | undefined
  /** It is known that the storage holds no record of the release. */
  isUnrecorded: boolean
  noCrossNamespaceRefs: boolean
  externalArtifacts: boolean
  requeueDependency: string
  /**
   * Says which artifact the pass goes on with, or that it is still looking for one: it needs not be woken for that.
   */
  attend: (to: Artifact | 'looking' | undefined) => void
  /** Why a dependency is not met. Throws CelError. */
  unmet: () => string | undefined
  event: (event: EventDraft) => void
  signal: AbortSignal
}

/**
 * Why a release cannot be worked on: `waiting` for something whose change wakes it, `retry` soon, `refused` or
 * `misconfigured` until its spec changes.
 */
export class Prevented extends Error {
  override name = 'Prevented'
  readonly how: 'waiting' | 'retry' | 'refused' | 'misconfigured'
  readonly reason: string
  /** Text of the event, if there is to be one. */
  readonly event: string | undefined

  constructor(how: Prevented['how'], reason: string, message: string, event?: string, options?: ErrorOptions) {
    super(message, options)
    this.how = how
    this.reason = reason
    this.event = event
  }
}

export async function prepare(object: HelmRelease, draft: StatusDraft, parts: PrepareParts): Promise<ReleaseContext> {
  const { slot, signal, event } = parts
  await slot(() => prepareChart(object, draft, parts))
  draft.mark('Reconciling', 'True', reasons.progressing, 'Fulfilling prerequisites')
  checkDependencies(draft, parts)
  const artifact = await sourceOf(object, draft, parts)
  return slot(async () => {
    const { values, secrets } = await valuesOf(object, draft, parts)
    const mask = secretMask(secrets)
    const loaded = await parts.charts.load(artifact, signal).catch(error => {
      throw chartFailure(error, parts)
    })
    draft.resume(helmReasons.artifactFailed)
    const { chart, ociDigest } = versioned(object, artifact, loaded)
    const target = await targetOf(object, draft, parts)
    const digests = specDigests(object)
    await takeOffFormer(object, chart, draft, { ...parts, target, digests, mask })
    const storageNamespace = storageNamespaceOf(object)
    draft.set({ storageNamespace })
    const config = valuesDigest(values)
    noteAttempt(object, draft, { chart, values, config, ociDigest })
    const storage = storageIn(storageNamespace, target)
    const records = new RecordList(async () => (parts.isUnrecorded ? [] : storage.history(releaseNameOf(object))))
    return {
      object,
      draft,
      chart,
      definitions: chartDefinitions(chart, values, '4.2'),
      ociDigest,
      values,
      valuesDigest: config,
      digests,
      target,
      storage,
      records,
      remembered: parts.remembered,
      waiter: waiterFor(object, target, parts),
      slot,
      signal,
      event,
      health: parts.health,
      mask,
    }
  })
}

async function prepareChart(object: HelmRelease, draft: StatusDraft, parts: PrepareParts): Promise<void> {
  const { client, sources, noCrossNamespaceRefs, event } = parts
  const denied = object.spec.chart && noCrossNamespaceRefs && accessProblem(object, chartOfTemplate(object))
  if (denied) throw new Prevented('refused', reasons.accessDenied, denied, denied)
  const charts = sources.get('HelmChart')
  if (charts) draft.set({ helmChart: await reconcileChart(object, { client, charts, record: event }) })
}

function checkDependencies(draft: StatusDraft, { unmet }: PrepareParts): void {
  let message: string | undefined
  try {
    message = unmet()
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    throw new Prevented('misconfigured', reasons.invalidCelExpression, error.message)
  }
  if (message) throw new Prevented('waiting', reasons.dependencyNotReady, message, message)
  draft.resume(reasons.dependencyNotReady)
}

/** How long a release waits for its chart without a word, in milliseconds. */
const PATIENCE = 500

async function sourceOf(object: HelmRelease, draft: StatusDraft, parts: PrepareParts): Promise<Artifact> {
  const ref = chartSourceOf(object)
  const { sources, sourceChanges, signal, attend } = parts
  attend('looking')
  const look = () => chartAnswer(object, sources.get(ref.kind)?.get(ref.namespace, ref.name), parts)
  let answer = look()
  const deadline = performance.now() + PATIENCE
  while (answer.kind === 'missing' || answer.kind === 'waiting') {
    const left = deadline - performance.now()
    if (left <= 0 || signal.aborted) break
    await sourceChanges.next(ref, left, signal)
    answer = look()
  }
  attend(answer.kind === 'artifact' ? answer.artifact : undefined)
  switch (answer.kind) {
    case 'refused':
      throw new Prevented('refused', reasons.accessDenied, answer.message, answer.message)
    case 'missing':
      throw new Prevented('waiting', helmReasons.artifactFailed, answer.message)
    case 'waiting':
      throw new Prevented('waiting', helmReasons.sourceNotReady, answer.message)
    case 'artifact':
      draft.resume(reasons.accessDenied, helmReasons.artifactFailed, helmReasons.sourceNotReady)
      return answer.artifact
  }
}

async function valuesOf(object: HelmRelease, draft: StatusDraft, { client }: PrepareParts): Promise<ComposedValues> {
  try {
    const composed = await composedValues(object, client)
    draft.resume(helmReasons.valuesError)
    return composed
  } catch (error) {
    const message = messageOf(error)
    throw new Prevented('retry', helmReasons.valuesError, message, message, { cause: error })
  }
}

function chartFailure(error: unknown, { requeueDependency }: PrepareParts): Prevented {
  const reason = helmReasons.artifactFailed
  if (error instanceof ArtifactNotFoundError) {
    const message = `Source not ready: artifact not found. Retrying in ${requeueDependency}`
    return new Prevented('waiting', reason, message, undefined, { cause: error })
  }
  const message = messageOf(error)
  return new Prevented('retry', reason, `Could not load chart: ${message}`, message, { cause: error })
}

/** The chart under the version it is released as; the same chart yields the same object. */
function versioned(object: HelmRelease, artifact: Artifact, chart: Chart): { chart: Chart; ociDigest?: string } {
  try {
    const { version, digest } = chartVersionOf(chartSourceOf(object).kind, artifact, chart.metadata.version)
    if (version === chart.metadata.version) return { chart, ociDigest: digest }
    const known = underVersion.get(chart)
    if (known?.metadata.version === version) return { chart: known, ociDigest: digest }
    const renamed = { ...chart, metadata: { ...chart.metadata, version } }
    underVersion.set(chart, renamed)
    return { chart: renamed, ociDigest: digest }
  } catch (error) {
    if (!(error instanceof ChartVersionError)) throw error
    throw new Prevented('retry', helmReasons.chartMutateError, error.message, undefined, { cause: error })
  }
}

const underVersion = new WeakMap<Chart, Chart>()

async function targetOf(object: HelmRelease, draft: StatusDraft, { targets }: PrepareParts): Promise<Target> {
  try {
    const target = await targets.of(object)
    draft.resume(helmReasons.restClientError)
    return target
  } catch (error) {
    throw new Prevented('retry', helmReasons.restClientError, messageOf(error), undefined, { cause: error })
  }
}

type FormerParts = PrepareParts & Pick<ReleaseContext, 'target' | 'digests' | 'mask'>

/**
 * The release that was made so far goes when the spec wants another one: its objects would be in the way of the new
 * one.
 */
async function takeOffFormer(object: HelmRelease, chart: Chart, draft: StatusDraft, parts: FormerParts): Promise<void> {
  const { storageNamespace } = draft.value
  const latest = latestOf(draft.value.history)
  if (!storageNamespace || !latest) return
  const isRenamedInPlace = object.spec.upgrade?.chartNameChangeStrategy === 'InPlaceUpdate'
  const isOther =
    storageNamespaceOf(object) !== storageNamespace ||
    releaseNamespaceOf(object) !== latest.namespace ||
    releaseNameOf(object) !== latest.name ||
    (chart.metadata.name !== latest.chartName && !isRenamedInPlace)
  if (!isOther) return
  const { target, digests, signal, event, health, mask } = parts
  const storage = storageIn(storageNamespace, target)
  const records = new RecordList(() => storage.history(latest.name))
  await records.read()
  const waiter = waiterFor(object, target, parts)
  // Within the slot already.
  const slot: Slot = job => job()
  await runUninstall({ object, draft, target, storage, records, waiter, slot, signal, event, digests, health, mask })
  draft.set({ history: undefined, storageNamespace: undefined })
  draft.clearFailures()
}

interface Attempt {
  chart: Chart
  values: Table
  /** Digest of the values. */
  config: string
  ociDigest: string | undefined
}

/** What failed before counts only against the same attempt. */
function noteAttempt(object: HelmRelease, draft: StatusDraft, { chart, values, config, ociDigest }: Attempt): void {
  const { generation } = object.metadata
  const { version } = chart.metadata
  const isReset = takeRequest(object, draft, 'reset')
  const { lastAttemptedGeneration, lastAttemptedRevision, lastAttemptedConfigDigest: before } = draft.value
  const isOther =
    lastAttemptedGeneration !== generation ||
    lastAttemptedRevision !== version ||
    (before !== undefined && before !== config && !isDigestOf(before, values))
  if (isOther || isReset) draft.clearFailures()
  draft.set({
    lastAttemptedGeneration: generation,
    lastAttemptedRevision: version,
    lastAttemptedRevisionDigest: ociDigest,
    lastAttemptedConfigDigest: config,
    lastAttemptedValuesChecksum: undefined,
    lastReleaseRevision: undefined,
  })
}

export function storageIn(namespace: string, target: Target): ReleaseStorage {
  return secretStorage({ client: target.client, namespace, manager: fieldManagers.helmController })
}

type WaiterParts = Pick<PrepareParts, 'targets' | 'waiters'>

export function waiterFor(object: HelmRelease, target: Target, { targets, waiters }: WaiterParts): Waiter {
  const account = targets.serviceAccountOf(object)
  const { secretRef } = object.spec.kubeConfig ?? {}
  const cluster = secretRef ? `${namespaceOf(object)}/${secretRef.name}/${secretRef.key ?? ''}` : ''
  const identity = account ? `${cluster} as ${namespaceOf(object)}/${account}` : cluster
  return waiters.of(identity, target.client, account === undefined)
}
