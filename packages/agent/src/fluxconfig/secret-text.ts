import type { KubeObject } from '@sluice/api'
import { ConfigurationError } from './configuration-error.ts'

/** The texts in a Secret's `data`, by key. */
export function secretTexts(secret: KubeObject | undefined): Record<string, string> {
  const data = (secret?.data ?? {}) as Record<string, string>
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

/** A Secret of opaque texts; keys in order, so that equal contents are equal objects. */
export function secretObject(metadata: KubeObject['metadata'], texts: Record<string, string>): KubeObject {
  const entries = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1))
  const data = Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }
}

/** What a setting's base64 says. Azure's clients encode keys, certificates and known hosts; anything else is a mistake to name. */
export function decodeSetting(field: string, value: string): string {
  const compact = value.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.replace(/=+$/, '').length % 4 === 1) {
    throw new ConfigurationError(`${field} is not base64: encode the value (base64 -w0) and set it again`)
  }
  return Buffer.from(compact, 'base64').toString('utf8')
}
