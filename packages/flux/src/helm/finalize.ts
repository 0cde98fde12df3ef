import { type HelmRelease, helmReasons } from '@sluice/api'
import type { EventDraft, FinalOutcome } from '@sluice/controller'
import type { Informer, KubeClient } from '@sluice/kube'
import type { Slot } from '@sluice/release'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'
import { deleteChart } from './chart-template.ts'
import { composedValues } from './compose-values.ts'
import { storedRelease } from './release-access.ts'
import type { ReleaseSettings } from './release-settings.ts'
import { namespaceOf } from './release-spec.ts'
import { runUninstall } from './run-uninstall.ts'
import { type Mask, secretMask } from './secret-mask.ts'
import { latestOf } from './snapshots.ts'
import { specDigests } from './spec-digest.ts'
import type { StatusDraft } from './status-draft.ts'
import { TargetError } from './target-failures.ts'
import type { Waiters } from './waiters.ts'

/**
 * What becomes of a release whose HelmRelease is deleted: it is uninstalled, then its HelmChart goes. While suspended
 * all stays, as it does where nobody is left in whose name it could be taken off.
 */
export interface FinalizeParts {
  /** The controller's own. */
  client: KubeClient
  charts: Informer
  targets: ClusterTargets
  waiters: Waiters
  slot: Slot
  settings: ReleaseSettings
  signal: AbortSignal
  event: (event: EventDraft) => void
}

export async function finalizeRelease(
  object: HelmRelease,
  draft: StatusDraft,
  parts: FinalizeParts,
): Promise<FinalOutcome> {
  if (object.spec.suspend) return { released: true }
  try {
    await takeOff(object, draft, parts)
    const { helmChart } = draft.value
    if (helmChart)
      await deleteChart(object, helmChart, { client: parts.client, charts: parts.charts, record: parts.event })
    return { released: true }
  } catch (error) {
    if (parts.signal.aborted) throw error
    return { released: false }
  }
}

async function takeOff(object: HelmRelease, draft: StatusDraft, parts: FinalizeParts): Promise<void> {
  const { storageNamespace, history } = draft.value
  const latest = latestOf(history)
  // Never attempted, or not for this object.
  if (!storageNamespace) return
  const target = await targetOf(object, draft, parts)
  if (!target || !(await hasAccount(object, draft, parts))) return
  const { slot, settings, signal, event } = parts
  if (latest) {
    const stored = await storedRelease(object, { name: latest.name, storageNamespace }, target, parts)
    const digests = specDigests(object, settings.digestAlgorithm)
    await runUninstall({
      object,
      draft,
      ...stored,
      slot,
      signal,
      event,
      digests,
      settings,
      health: undefined,
      mask: await maskOf(object, parts),
    })
  }
  draft.set({ history: undefined, storageNamespace: undefined })
}

/** The values that the release was made of may be gone; as long as they are there, nobody is told those of Secrets. */
async function maskOf(object: HelmRelease, { client }: FinalizeParts): Promise<Mask> {
  const composed = await composedValues(object, client).catch(() => undefined)
  return secretMask(composed?.secrets ?? [])
}

async function targetOf(
  object: HelmRelease,
  draft: StatusDraft,
  { targets }: FinalizeParts,
): Promise<Target | undefined> {
  try {
    return await targets.of(object)
  } catch (error) {
    if (error instanceof TargetError && error.isMissing) return undefined
    const message = `failed to build REST client getter to uninstall release: ${messageOf(error)}`
    draft.mark('Ready', 'False', helmReasons.uninstallFailed, message)
    throw error
  }
}

/** An account that is gone, for instance with its namespace, can take nothing off any more. */
async function hasAccount(
  object: HelmRelease,
  draft: StatusDraft,
  { targets, client }: FinalizeParts,
): Promise<boolean> {
  const name = targets.serviceAccountOf(object)
  if (!name || object.spec.kubeConfig) return true
  const namespace = namespaceOf(object)
  try {
    return (await client.find({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name })) !== undefined
  } catch (error) {
    const message = `failed to confirm ServiceAccount '${name}' can be used to uninstall release: ${messageOf(error)}`
    draft.mark('Ready', 'False', helmReasons.uninstallFailed, message)
    throw error
  }
}
