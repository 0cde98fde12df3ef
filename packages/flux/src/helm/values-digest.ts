import { createHash } from 'node:crypto'
import type { Table } from '@sluice/helm'
import { stringify } from '@sluice/yaml'
import { type DigestAlgorithm, isDigestAlgorithm } from './release-settings.ts'

/**
 * The digest of a release's values, the same however they are written: over their YAML with sorted keys, as
 * helm-controller takes it (fluxcd/pkg/chartutil). No values at all are the digest of nothing.
 */
export function valuesDigest(values: Table | undefined, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${hexDigest(values, algorithm)}`
}

/** Whether `digest` was taken of these values, by whichever algorithm. */
export function isDigestOf(digest: string, values: Table | undefined): boolean {
  const [algorithm = '', hex] = digest.split(':')
  return isDigestAlgorithm(algorithm) && hexDigest(values, algorithm) === hex
}

function hexDigest(values: Table | undefined, algorithm: DigestAlgorithm): string {
  const hash = createHash(algorithm)
  if (values && Object.keys(values).length > 0) hash.update(stringify(wholeNumbers(values), { keys: 'bytes' }))
  return hash.digest('hex')
}

/** Go writes a whole float with all its digits. */
function wholeNumbers(value: unknown): unknown {
  if (typeof value === 'number') return isLarge(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(wholeNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wholeNumbers(item)]))
}

const isLarge = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && value >= -(2 ** 63) && value < 2 ** 64
