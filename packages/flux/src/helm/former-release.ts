import type { HelmRelease } from '@sluice/api'
import type { Chart } from '@sluice/helm'
import type { Slot } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { PassError } from './pass-error.ts'
import type { PrepareParts } from './prepare.ts'
import { storedRelease } from './release-access.ts'
import type { ReleaseContext } from './release-context.ts'
import { releaseNameOf, releaseNamespaceOf, storageNamespaceOf } from './release-spec.ts'
import { runUninstall } from './run-uninstall.ts'
import { latestOf } from './snapshots.ts'
import type { StatusDraft } from './status-draft.ts'

type FormerParts = PrepareParts & Pick<ReleaseContext, 'target' | 'digests' | 'mask'>

/**
 * The release that was made so far goes when the spec wants another one: its objects would be in the way of the new
 * one.
 */
export async function takeOffFormer(
  object: HelmRelease,
  chart: Chart,
  draft: StatusDraft,
  parts: FormerParts,
): Promise<void> {
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
  const { target, digests, settings, signal, event, health, mask } = parts
  const stored = await storedRelease(object, { name: latest.name, storageNamespace }, target, parts)
  // Within the slot already.
  const slot: Slot = job => job()
  const uninstalling = runUninstall({ object, draft, ...stored, slot, signal, event, digests, settings, health, mask })
  await uninstalling.catch(error => {
    // Without what caused it, which would tell in a log what is masked here.
    throw signal.aborted ? error : new PassError(mask(messageOf(error)))
  })
  draft.set({ history: undefined, storageNamespace: undefined })
  draft.clearFailures()
}
