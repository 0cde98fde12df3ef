/** Names of releases: which are allowed, and how one comes from a template (`--name-template`). Follows helm's pkg/chart/v2/util and pkg/action. */
import { sprigFunctions, TemplateSet } from '@sluice/template'
import { HelmError } from './helm-error.ts'

const allowed = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Throws HelmError for a name that no release may have. */
export function checkReleaseName(name: string): void {
  if (name === '') throw new HelmError('release name check failed: no name provided')
  if (name.length <= 53 && allowed.test(name)) return
  throw new HelmError(
    `release name check failed: release name ${JSON.stringify(name)}: invalid release name, must match regex ${allowed.source} and the length must not be longer than 53`,
  )
}

/** The name that a template makes; it sees no values. */
export function nameFromTemplate(template: string): string {
  try {
    const set = new TemplateSet({ functions: sprigFunctions, missingKey: 'zero', limits: { depth: 1000 } })
    set.parse('name-template', template)
    return set.render('name-template', null)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HelmError(`name template ${JSON.stringify(template)}: ${reason}`, { cause: error })
  }
}
