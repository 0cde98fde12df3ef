/** A Secret's data, decoded, and how it is read. */
import type { KubeObject, ObjectRef } from '@sluice/api'

export type SecretData = ReadonlyMap<string, string>

export interface ObjectReader {
  get(ref: ObjectRef): Promise<KubeObject>
}

/** Rejects with the API server's words. */
export async function readSecret(client: ObjectReader, namespace: string, name: string): Promise<SecretData> {
  const { data } = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
  const decoded = new Map<string, string>()
  if (typeof data !== 'object' || data === null) return decoded
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === 'string') decoded.set(key, Buffer.from(value, 'base64').toString('utf8'))
  }
  return decoded
}
