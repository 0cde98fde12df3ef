/**
 * Which `api-version`s each resource type answers to, and ARM's refusals of others. Versions compare as text:
 * `2024-11-01` is before `2025-04-01`.
 */
import { badRequest } from './arm-error.ts'

export const FLUX_CONFIGURATION_VERSIONS = [
  '2021-11-01-preview',
  '2022-01-01-preview',
  '2022-03-01',
  '2022-07-01',
  '2022-11-01',
  '2023-05-01',
  '2024-04-01-preview',
  '2024-11-01',
  '2025-04-01',
  '2026-07-01-preview',
]
export const EXTENSION_VERSIONS = [
  '2021-09-01',
  '2022-03-01',
  '2022-07-01',
  '2022-11-01',
  '2023-05-01',
  '2024-11-01',
  '2024-11-02-preview',
  '2025-03-01',
]
export const CONFIGURATION_OPERATION_VERSIONS = [
  ...new Set([...FLUX_CONFIGURATION_VERSIONS, ...EXTENSION_VERSIONS]),
].sort()
export const CONNECTED_CLUSTER_VERSIONS = ['2021-03-01', '2021-10-01', '2024-01-01', '2026-03-01', '2026-05-01']
export const MANAGED_CLUSTER_VERSIONS = ['2021-10-01', '2024-01-01', '2025-01-01', '2026-04-01']
export const RESOURCE_VERSIONS = ['2020-10-01', '2021-04-01', '2022-09-01', '2022-12-01', '2024-03-01', '2025-04-01']

const SHAPE = /^\d{4}-\d{2}-\d{2}(-(preview|alpha|beta|rc|privatepreview))?$/

/** The version a request asks for; throws ARM's 400 naming the supported ones. */
export function requestedApiVersion(query: unknown, resourceType: string, supported: readonly string[]): string {
  const parameters: [string, unknown][] = typeof query === 'object' && query !== null ? Object.entries(query) : []
  const given = parameters.find(([name]) => name.toLowerCase() === 'api-version')?.[1]
  const version: unknown = Array.isArray(given) ? given[0] : given
  const list = supported.join(', ')
  if (typeof version !== 'string' || version === '') {
    throw badRequest(
      'MissingApiVersionParameter',
      `The api-version query parameter (?api-version=) is required for all requests. The supported api-versions are '${list}'.`,
      'api-version',
    )
  }
  const lower = version.toLowerCase()
  if (!SHAPE.test(lower)) {
    throw badRequest(
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid. The supported versions are '${list}'.`,
      'api-version',
    )
  }
  if (!supported.includes(lower)) {
    throw badRequest(
      'NoRegisteredProviderFound',
      `No registered resource provider found for API version '${version}' for type '${resourceType}'. ` +
        `The supported api-versions are '${list}'.`,
      'api-version',
    )
  }
  return lower
}
