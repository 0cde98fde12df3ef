import { type Artifact, annotations, originMetadata } from '@sluice/api'

/** What Flux writes beside an event's text: the revision, and the one it was made from when the artifact says so. */
export function revisionMetadata(artifact: Artifact): Record<string, string> {
  const origin = artifact.metadata?.[originMetadata.revision]
  return {
    [annotations.kustomizeRevision]: artifact.revision,
    ...(origin ? { [annotations.kustomizeOriginRevision]: origin } : {}),
  }
}
