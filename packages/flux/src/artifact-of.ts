import type { Artifact, KubeObject } from '@sluice/api'

/** What a source has published; undefined as long as it has nothing. */
export const artifactOf = (source: KubeObject | undefined): Artifact | undefined =>
  (source?.status as { artifact?: Artifact } | undefined)?.artifact
