import type { ResolveHost } from '@sluice/helm'

/** What flags and feature gates of the controller say about the making of every release. */
export interface ReleaseSettings {
  /** Of snapshots, values and parts of the spec in the status (`--snapshot-digest-algo`). */
  digestAlgorithm: DigestAlgorithm
  /** Managers that may not keep fields of released objects (`--override-manager`). */
  overridden: readonly string[]
  /** Looks up hosts for templates (feature gate `AllowDNSLookups`); without it, no host has an address. */
  resolveHost?: ResolveHost
}

const DIGEST_ALGORITHMS = ['sha1', 'sha256', 'sha384', 'sha512'] as const

export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number]

export const isDigestAlgorithm = (name: string): name is DigestAlgorithm =>
  DIGEST_ALGORITHMS.some(algorithm => algorithm === name)
