/** Ranges of versions by the rules that Helm and its templates share: those of `semverCompare`. */
import { sprigFunctions, TemplateSet } from '@sluice/template'

/** False, too, for a range or a version that cannot be read. */
export function inRange(range: string, version: string): boolean {
  try {
    return sprigFunctions.semverCompare?.([range, version], { set: new TemplateSet(), template: '' }) === true
  } catch {
    return false
  }
}
