/** The kind `Microsoft.KubernetesConfiguration/extensions`: how its bodies are accepted, merged and shown. */
import { EXTENSION_VERSIONS } from '../arm/api-versions.ts'
import { type ErrorDetail, validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, acceptObject, isJson, type Json, presentObject } from '../arm/field.ts'
import { mergePatch } from '../arm/merge-patch.ts'
import { EXTENSION_ENVELOPE_FIELDS, EXTENSION_FIELDS } from './extension-fields.ts'
import { configurationNameProblem } from './name-rules.ts'
import { provisioningStateProblem, readEnvelope } from './request-envelope.ts'
import type { AcceptedBody, ResourceKind, ShownState, StoredBody } from './resource-kind.ts'

export const FLUX_EXTENSION_TYPE = 'microsoft.flux'
export const FLUX_EXTENSION_NAME = 'flux'
const FLUX_NAMESPACE = 'flux-system'

const PATCHABLE = [
  'autoUpgradeMinorVersion',
  'autoUpgradeMode',
  'releaseTrain',
  'version',
  'configurationSettings',
  'configurationProtectedSettings',
]

/** What the flux extension is when nobody said anything about it: the one that installs by itself. */
export function defaultFluxExtension(): StoredBody {
  return {
    envelope: { identity: { type: 'SystemAssigned' } },
    properties: {
      extensionType: FLUX_EXTENSION_TYPE,
      autoUpgradeMinorVersion: true,
      releaseTrain: 'Stable',
      scope: { cluster: { releaseNamespace: FLUX_NAMESPACE } },
    },
  }
}

export function isFluxExtension(body: StoredBody): boolean {
  return String(body.properties.extensionType).toLowerCase() === FLUX_EXTENSION_TYPE
}

export function releaseNamespaceOf(properties: Json): string {
  const scope = isJson(properties.scope) ? properties.scope : {}
  const cluster = isJson(scope.cluster) ? scope.cluster.releaseNamespace : undefined
  const namespace = isJson(scope.namespace) ? scope.namespace.targetNamespace : undefined
  return String(cluster ?? namespace ?? FLUX_NAMESPACE)
}

function extensionProblems(properties: Json): ErrorDetail[] {
  const problems: ErrorDetail[] = []
  const add = (target: string, message: string) => problems.push({ code: 'InvalidPropertyValue', target, message })
  if (String(properties.extensionType).toLowerCase() !== FLUX_EXTENSION_TYPE) {
    add(
      'properties.extensionType',
      `The extension type '${String(properties.extensionType)}' is not known here. Known types: ${FLUX_EXTENSION_TYPE}.`,
    )
  }
  if (properties.version !== undefined && properties.autoUpgradeMinorVersion !== false) {
    add('properties.version', 'To pin to specific version, autoUpgradeMinorVersion must be set to false.')
  }
  const scope = properties.scope
  if (isJson(scope) && scope.cluster !== undefined && scope.namespace !== undefined) {
    add('properties.scope', "The property 'properties.scope' must have either cluster or namespace, not both.")
  } else if (isJson(scope) && scope.namespace !== undefined) {
    add('properties.scope.namespace', `The extension type '${FLUX_EXTENSION_TYPE}' supports cluster scope only.`)
  } else if (releaseNamespaceOf(properties) !== FLUX_NAMESPACE) {
    add(
      'properties.scope.cluster.releaseNamespace',
      `The extension type '${FLUX_EXTENSION_TYPE}' is released in namespace '${FLUX_NAMESPACE}' only.`,
    )
  }
  return problems
}

function changeProblems(given: Json, stored: Json, names: string[]): ErrorDetail[] {
  return names
    .filter(name => {
      const value = given[name]
      if (value === undefined || value === null) return false
      if (name === 'extensionType') return String(value).toLowerCase() !== String(stored[name]).toLowerCase()
      return JSON.stringify(value) !== JSON.stringify(stored[name])
    })
    .map(name => ({
      code: 'PropertyChangeNotAllowed',
      target: `properties.${name}`,
      message: `Changing property 'properties.${name}' is not allowed: delete the extension and create it anew.`,
    }))
}

function acceptPut(
  name: string,
  body: unknown,
  apiVersion: string,
  stored: StoredBody | undefined,
  state: string,
): AcceptedBody {
  const wrong = configurationNameProblem(name)
  if (wrong !== undefined) {
    const message = `Invalid extension name '${name}': ${wrong}.`
    throw validationFailed([{ code: 'InvalidResourceName', message, target: 'name' }])
  }
  const to: Acceptance = { apiVersion, problems: [], secrets: {} }
  const { envelope, properties: given } = readEnvelope(body, EXTENSION_ENVELOPE_FIELDS, to)
  const properties = acceptObject(EXTENSION_FIELDS, given, 'properties', to)
  const readOnly = provisioningStateProblem(given, state)
  if (readOnly !== undefined) to.problems.push(readOnly)
  if (to.problems.length === 0) {
    if (properties.scope === undefined) properties.scope = { cluster: { releaseNamespace: FLUX_NAMESPACE } }
    to.problems.push(...extensionProblems(properties))
    if (stored !== undefined) to.problems.push(...changeProblems(properties, stored.properties, ['extensionType']))
  }
  if (to.problems.length > 0) throw validationFailed(to.problems)
  return { envelope, properties, secrets: to.secrets }
}

function acceptPatch(
  _name: string,
  body: unknown,
  apiVersion: string,
  stored: StoredBody,
  state: string,
): AcceptedBody {
  const to: Acceptance = { apiVersion, problems: [], secrets: {} }
  const { properties: given } = readEnvelope(body, EXTENSION_ENVELOPE_FIELDS, to)
  const fixed = Object.keys(EXTENSION_FIELDS).filter(
    key => !PATCHABLE.includes(key) && !EXTENSION_FIELDS[key]?.readOnly,
  )
  to.problems.push(...changeProblems(given, stored.properties, fixed))
  const patch = Object.fromEntries(Object.entries(given).filter(([key]) => !fixed.includes(key)))
  const properties = acceptObject(EXTENSION_FIELDS, mergePatch(stored.properties, patch), 'properties', {
    ...to,
    apiVersion: '9999',
  })
  const readOnly = provisioningStateProblem(given, state)
  if (readOnly !== undefined) to.problems.push(readOnly)
  if (to.problems.length === 0) to.problems.push(...extensionProblems(properties))
  if (to.problems.length > 0) throw validationFailed(to.problems)
  const settings = patch.configurationProtectedSettings
  const givesSecrets = settings === null || isJson(settings)
  return { envelope: stored.envelope, properties, ...(givesSecrets ? { secrets: to.secrets } : {}) }
}

function showProperties(body: StoredBody, state: ShownState, apiVersion: string): Json {
  const { status, provisioningState } = state
  const message = status.errorMessage ?? ''
  const isFailed = provisioningState === 'Failed'
  return {
    ...presentObject(EXTENSION_FIELDS, body.properties, apiVersion),
    ...(apiVersion >= '2022-11-01' ? { currentVersion: status.currentVersion ?? null, isSystemExtension: false } : {}),
    provisioningState,
    statuses: status.statuses ?? [],
    errorInfo: isFailed
      ? { code: 'ExtensionOperationFailed', message: message || 'The extension operation failed.' }
      : null,
  }
}

export const extensionKind: ResourceKind = {
  segment: 'extensions',
  typeKey: 'extensions',
  type: 'Microsoft.KubernetesConfiguration/extensions',
  apiVersions: EXTENSION_VERSIONS,
  noun: 'Extension',
  failureCode: 'ExtensionOperationFailed',
  acceptPut,
  acceptPatch,
  showProperties,
}
