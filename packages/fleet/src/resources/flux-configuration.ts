/** The kind `Microsoft.KubernetesConfiguration/fluxConfigurations`: how its bodies are accepted, merged and shown. */
import { FLUX_CONFIGURATION_VERSIONS } from '../arm/api-versions.ts'
import { validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, acceptObject, isJson, type Json, presentObject } from '../arm/field.ts'
import { mergePatch } from '../arm/merge-patch.ts'
import { FLUX_CONFIGURATION_FIELDS, SOURCE_BLOCKS } from './flux-configuration-fields.ts'
import { fluxConfigurationProblems } from './flux-configuration-rules.ts'
import { configurationNameProblem } from './name-rules.ts'
import { provisioningStateProblem, readEnvelope } from './request-envelope.ts'
import type { AcceptedBody, ResourceKind, ShownState, StoredBody } from './resource-kind.ts'

const PATCHABLE = new Set([
  'sourceKind',
  'suspend',
  ...Object.values(SOURCE_BLOCKS),
  'kustomizations',
  'configurationProtectedSettings',
])
const FIXED = ['scope', 'namespace', 'waitForReconciliation', 'reconciliationWaitDuration']

function checkedName(name: string): void {
  const wrong = configurationNameProblem(name)
  if (wrong === undefined) return
  const message = `Invalid configuration name '${name}': ${wrong}.`
  throw validationFailed([{ code: 'InvalidResourceName', message, target: 'name' }])
}

/** Fields only; what the whole must satisfy comes after. */
function acceptProperties(properties: Json, to: Acceptance): Json {
  return acceptObject(FLUX_CONFIGURATION_FIELDS, properties, 'properties', to)
}

function fixedProblems(given: Json, stored: Json, names: string[]): Acceptance['problems'] {
  return names
    .filter(name => given[name] !== undefined && given[name] !== null && given[name] !== stored[name])
    .map(name => ({
      code: 'PropertyChangeNotAllowed',
      target: `properties.${name}`,
      message:
        `Changing property 'properties.${name}' is not allowed: it is '${String(stored[name] ?? null)}' since creation. ` +
        `Delete the configuration and create it anew, or leave the property as it is.`,
    }))
}

function emptyBlocksOut(properties: Json): Json {
  const blocks = new Set(Object.values(SOURCE_BLOCKS))
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([key, value]) => !(blocks.has(key) && isJson(value) && Object.keys(value).length === 0),
    ),
  )
}

function acceptPut(
  name: string,
  body: unknown,
  apiVersion: string,
  stored: StoredBody | undefined,
  state: string,
): AcceptedBody {
  checkedName(name)
  const to: Acceptance = { apiVersion, problems: [], secrets: {} }
  const { properties: given } = readEnvelope(body, {}, to)
  const properties = acceptProperties(emptyBlocksOut(given), to)
  if (stored !== undefined) to.problems.push(...fixedProblems(properties, stored.properties, ['scope', 'namespace']))
  const readOnly = provisioningStateProblem(given, state)
  if (readOnly !== undefined) to.problems.push(readOnly)
  if (to.problems.length === 0) to.problems.push(...fluxConfigurationProblems(name, properties, to.secrets))
  if (to.problems.length > 0) throw validationFailed(to.problems)
  return { envelope: {}, properties, secrets: to.secrets }
}

/**
 * Source blocks of the kind that is no longer used go; what a newer api-version knows and this one cannot say stays.
 */
function patched(stored: Json, given: Json): Json {
  const merged = mergePatch(stored, given)
  const kind = merged.sourceKind ?? 'GitRepository'
  for (const [other, block] of Object.entries(SOURCE_BLOCKS)) {
    const isEmpty = isJson(given[block]) && Object.keys(given[block]).length === 0
    if (other !== kind && (given[block] === undefined || isEmpty)) delete merged[block]
  }
  return merged
}

function acceptPatch(name: string, body: unknown, apiVersion: string, stored: StoredBody, state: string): AcceptedBody {
  const to: Acceptance = { apiVersion, problems: [], secrets: {} }
  const { properties: given } = readEnvelope(body, {}, to)
  to.problems.push(...fixedProblems(given, stored.properties, FIXED))
  const patch = Object.fromEntries(Object.entries(given).filter(([key]) => !FIXED.includes(key)))
  for (const key of Object.keys(patch)) {
    const isKnown = PATCHABLE.has(key) || FLUX_CONFIGURATION_FIELDS[key]?.readOnly
    if (!isKnown && FLUX_CONFIGURATION_FIELDS[key] !== undefined) {
      to.problems.push({
        code: 'PropertyChangeNotAllowed',
        target: `properties.${key}`,
        message: `The property 'properties.${key}' cannot be patched.`,
      })
    }
  }
  const readOnly = provisioningStateProblem(given, state)
  if (readOnly !== undefined) to.problems.push(readOnly)
  // The stored body may hold fields newer than the requested version: the whole is accepted in the newest.
  const whole: Acceptance = { apiVersion: '9999', problems: [], secrets: {} }
  const properties = acceptProperties(patched(stored.properties, patch), whole)
  to.problems.push(...whole.problems)
  if (to.problems.length === 0) to.problems.push(...fluxConfigurationProblems(name, properties, whole.secrets))
  if (to.problems.length > 0) throw validationFailed(to.problems)
  const settings = patch.configurationProtectedSettings
  const givesSecrets = Object.keys(whole.secrets).length > 0 || settings === null || isJson(settings)
  return { envelope: {}, properties, ...(givesSecrets ? { secrets: whole.secrets } : {}) }
}

function complianceOf({ status, isCurrent, statusUpdatedAt }: ShownState): string {
  if (statusUpdatedAt === null) return 'Unknown'
  return isCurrent ? (status.complianceState ?? 'Unknown') : 'Pending'
}

function showProperties(body: StoredBody, state: ShownState, apiVersion: string): Json {
  const shown = presentObject(FLUX_CONFIGURATION_FIELDS, body.properties, apiVersion)
  if (isJson(shown.kustomizations)) {
    for (const [key, value] of Object.entries(shown.kustomizations)) {
      if (isJson(value)) shown.kustomizations[key] = { name: key, ...value }
    }
  }
  const { status } = state
  return {
    ...shown,
    statuses: status.statuses ?? [],
    repositoryPublicKey: status.repositoryPublicKey ?? null,
    sourceSyncedCommitId: status.sourceSyncedCommitId ?? null,
    sourceUpdatedAt: status.sourceUpdatedAt ?? null,
    statusUpdatedAt: state.statusUpdatedAt,
    complianceState: complianceOf(state),
    provisioningState: state.provisioningState,
    errorMessage: status.errorMessage ?? '',
  }
}

export const fluxConfigurationKind: ResourceKind = {
  segment: 'fluxConfigurations',
  typeKey: 'fluxconfigurations',
  type: 'Microsoft.KubernetesConfiguration/fluxConfigurations',
  apiVersions: FLUX_CONFIGURATION_VERSIONS,
  noun: 'Flux configuration',
  failureCode: 'FluxConfigurationOperationFailed',
  acceptPut,
  acceptPatch,
  showProperties,
}
