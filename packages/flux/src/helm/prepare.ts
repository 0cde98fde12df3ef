import { type Artifact, type HelmRelease, helmReasons, reasons } from '@sluice/api'
import { ArtifactNotFoundError } from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import { chartDefinitions } from '@sluice/helm'
import type { Informer, KubeClient } from '@sluice/kube'
import type { HealthRule, Slot } from '@sluice/release'
import { CelError } from '../cel.ts'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'
import type { ChartCache } from './chart-cache.ts'
import { accessProblem, chartAnswer, chartOfTemplate, chartSourceOf } from './chart-source.ts'
import { reconcileChart } from './chart-template.ts'
import { type ComposedValues, composedValues } from './compose-values.ts'
import type { StoredRelease } from './decide.ts'
import { takeOffFormer } from './former-release.ts'
import type { WaitInterrupt } from './interruptible-waits.ts'
import { noteAttempt } from './note-attempt.ts'
import { Prevented } from './prevented.ts'
import { storageIn, waiterFor } from './release-access.ts'
import { RecordList, type ReleaseContext } from './release-context.ts'
import type { ReleaseSettings } from './release-settings.ts'
import { releaseNameOf, storageNamespaceOf } from './release-spec.ts'
import { releasedChart } from './released-chart.ts'
import { secretMask } from './secret-mask.ts'
import type { SourceChanges } from './source-changes.ts'
import { specDigests } from './spec-digest.ts'
import type { StatusDraft } from './status-draft.ts'
import { valuesDigest } from './values-digest.ts'
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
  /** Charts keep the version they have, whatever artifact they came in. */
  keepsChartVersion: boolean
  settings: ReleaseSettings
  /** Ends waits for health, where news may do that. */
  interrupt: WaitInterrupt | undefined
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

export async function prepare(object: HelmRelease, draft: StatusDraft, parts: PrepareParts): Promise<ReleaseContext> {
  const { slot, signal, event, settings, interrupt } = parts
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
    const { chart, ociDigest } = releasedChart(object, artifact, loaded, parts.keepsChartVersion)
    const target = await targetOf(object, draft, parts)
    const digests = specDigests(object, settings.digestAlgorithm)
    await takeOffFormer(object, chart, draft, { ...parts, target, digests, mask })
    const storageNamespace = storageNamespaceOf(object)
    draft.set({ storageNamespace })
    const config = valuesDigest(values, settings.digestAlgorithm)
    noteAttempt(object, draft, { chart, values, config, ociDigest })
    const storage = storageIn(storageNamespace, target)
    const waiter = waiterFor(object, target, parts)
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
      settings,
      target,
      storage,
      records,
      remembered: parts.remembered,
      waiter: interrupt?.over(waiter) ?? waiter,
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

async function targetOf(object: HelmRelease, draft: StatusDraft, { targets }: PrepareParts): Promise<Target> {
  try {
    const target = await targets.of(object)
    draft.resume(helmReasons.restClientError)
    return target
  } catch (error) {
    throw new Prevented('retry', helmReasons.restClientError, messageOf(error), undefined, { cause: error })
  }
}
