/** Which versions of a chart are named when the one wanted is not there. */
import { parseVersion } from '@sluice/semver'

const NEAREST = 3

/** The end of a message: what somebody who mistyped a version, or whose range is too narrow, may have meant. Nothing where there are none. */
export function nearestVersions(versions: readonly string[], wanted: string): string {
  if (versions.length === 0) return ''
  const target = placeOf(/\d+(?:\.\d+)*/.exec(wanted)?.[0] ?? '')
  const distance = (version: string) => Math.abs(placeOf(version) - target)
  const stable = versions.filter(version => parseVersion(version)?.prerelease === '')
  const meant = stable.length === 0 || parseVersion(wanted)?.prerelease ? versions : stable
  const nearest = [...meant].sort((a, b) => distance(a) - distance(b)).slice(0, NEAREST)
  return ` (nearest versions: ${nearest.join(', ')})`
}

/** Where a version is on one line of all versions, roughly. */
function placeOf(text: string): number {
  const version = parseVersion(text)
  if (!version) return 0
  const { major, minor, patch } = version
  return [major, minor, patch].reduce((place, part) => place * 1e4 + Math.min(Number(part), 9999), 0)
}
