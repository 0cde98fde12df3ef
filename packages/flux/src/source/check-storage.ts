/** Before anything else of a pass: garbage goes, and an artifact that is missing or damaged is no artifact. */
import type { ArtifactStore } from '@sluice/artifact'
import type { SourcePass, SourceStatus } from './source-frame.ts'

export async function checkStorage<S extends SourceStatus>(
  { status, conditions, events }: SourcePass<S>,
  store: ArtifactStore,
): Promise<void> {
  const { artifact } = status
  if (artifact) {
    const collected = await store.collectGarbage(artifact).catch(() => [])
    if (collected.length > 0) {
      const message = `garbage collected ${collected.length} artifacts`
      events.push({ severity: 'info', reason: 'GarbageCollectionSucceeded', message })
    }
    const there = await store.exists(artifact)
    const damage = there ? await store.verify(artifact).catch((error: unknown) => error) : undefined
    if (damage !== undefined) {
      const said = damage instanceof Error ? damage.message : String(damage)
      const message = `failed to verify integrity of artifact: ${said}`
      events.push({ severity: 'error', reason: 'ArtifactVerificationFailed', message })
      await store.remove(artifact)
    }
    if (there && damage === undefined) {
      status.artifact = { ...artifact, url: store.urlOf(artifact.path) }
      if (status.url) status.url = store.urlOf(new URL(status.url).pathname.slice(1))
      return
    }
    status.artifact = undefined
    status.url = undefined
  }
  conditions.progress(artifact ? 'building artifact: disappeared from storage' : 'building artifact', true)
  conditions.remove('ArtifactInStorage')
}
