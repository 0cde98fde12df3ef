import type { Artifact } from '@sluice/api'
import { compareVersions, parseVersion, type Version } from '@sluice/semver'

/**
 * The version a chart from a registry is released under. Tags there can be moved, so the artifact's digest becomes
 * part of the version, as build metadata: what is pushed anew under the same tag is another chart.
 */
export class ChartVersionError extends Error {
  override name = 'ChartVersionError'
}

export interface ChartVersion {
  version: string
  /** `<algorithm>:<hex>` of the artifact; undefined where the version alone says which chart it is. */
  digest?: string
}

/** Characters of the digest in the version. */
const SHORT = 12

export function chartVersionOf(kind: string, artifact: Artifact, version: string): ChartVersion {
  const { revision } = artifact
  if (kind === 'HelmChart' || (kind === 'ExternalArtifact' && !revision.includes(':'))) return { version }
  const parsed = parseVersion(version)
  if (!parsed) throw new ChartVersionError(`invalid chart version ${version}`)
  const [tag = '', digest, ...more] = revision.split('@')
  const tagged = digest === undefined ? undefined : parseVersion(tag.replaceAll('_', '+'))
  if (!tagged) return { version: withDigest(parsed, revision), digest: revision }
  if (digest === undefined || more.length > 0 || compareVersions(tagged, parsed) !== 0) {
    throw new ChartVersionError(`artifact revision ${tag} does not match chart version ${version}`)
  }
  return { version: withDigest(parsed, digest), digest }
}

function withDigest({ major, minor, patch, prerelease }: Version, digest: string): string {
  const [, hex = '', ...more] = digest.split(':')
  if (hex.length < SHORT || more.length > 0) throw new ChartVersionError(`invalid artifact revision ${digest}`)
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}+${hex.slice(0, SHORT)}`
}
