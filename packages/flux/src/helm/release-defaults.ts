import type { HelmRelease } from '@sluice/api'

/**
 * What holds where a HelmRelease says nothing, when the controller's feature gates have it otherwise than the defaults
 * of the kind. Everything else in this folder sees the object with these filled in.
 */
export interface ReleaseDefaults {
  /** Drift is looked for, and corrected or only told (gates `DetectDrift` and `CorrectDrift`). */
  driftMode?: 'enabled' | 'warn'
  /** Client-side apply, Helm 3's waiting, hooks not post-rendered (`UseHelm3Defaults`). */
  likeHelm3?: boolean
  /** What fails is tried again instead of remediated (`DefaultToRetryOnFailure`). */
  retryOnFailure?: boolean
}

export function withDefaults(object: HelmRelease, defaults: ReleaseDefaults): HelmRelease {
  const { driftMode, likeHelm3, retryOnFailure } = defaults
  let { spec } = object
  if (driftMode && !spec.driftDetection?.mode) {
    spec = { ...spec, driftDetection: { ...spec.driftDetection, mode: driftMode } }
  }
  if (likeHelm3) {
    // Upgrades and rollbacks go on as the release was applied before, whatever the gate.
    spec = {
      ...spec,
      postRenderStrategy: spec.postRenderStrategy ?? 'nohooks',
      waitStrategy: spec.waitStrategy?.name ? spec.waitStrategy : { name: 'legacy' },
      install: { ...spec.install, serverSideApply: spec.install?.serverSideApply ?? false },
    }
  }
  if (retryOnFailure) {
    const strategy = { name: 'RetryOnFailure' } as const
    spec = {
      ...spec,
      install: { ...spec.install, strategy: spec.install?.strategy ?? strategy },
      upgrade: { ...spec.upgrade, strategy: spec.upgrade?.strategy ?? strategy },
    }
  }
  return spec === object.spec ? object : { ...object, spec }
}
