/**
 * One encrypted column value: AES-256-GCM, as text `<key id>.<base64url of nonce, tag, ciphertext>`. The context (the
 * resource id and the column) is authenticated with it, so that a value moved to another row or column does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export interface SealingKey {
  id: string
  /** 32 bytes. */
  key: Buffer
}

export class SealBrokenError extends Error {}

const NONCE_BYTES = 12
const TAG_BYTES = 16

export function sealBox(text: string, context: string, key: SealingKey): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce)
  cipher.setAAD(Buffer.from(context, 'utf8'))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${key.id}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
}

/** Throws {@link SealBrokenError} when the value was changed, moved, or sealed with another key. */
export function openBox(box: string, context: string, keyOf: (id: string) => SealingKey): string {
  const dot = box.indexOf('.')
  const key = keyOf(box.slice(0, dot))
  const bytes = Buffer.from(box.slice(dot + 1), 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAAD(Buffer.from(context, 'utf8'))
  try {
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new SealBrokenError(`The stored value of ${context} does not open: it was altered or belongs to another row`)
  }
}
