/** Ranges of versions by the rules that Helm and its templates share: those of `semverCompare`. */
import { parseConstraint, parseVersion, satisfies } from '@sluice/semver'

/** False, too, for a range or a version that cannot be read. */
export function inRange(range: string, version: string): boolean {
  const parsed = parseVersion(version)
  if (parsed === undefined) return false
  try {
    return satisfies(parsed, parseConstraint(range))
  } catch {
    return false
  }
}
