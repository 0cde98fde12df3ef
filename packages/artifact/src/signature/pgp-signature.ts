/** OpenPGP signatures, verified with openpgp.js. It is loaded only where something is verified. */
import { SignatureError } from './ssh-signature.ts'

/**
 * The id (16 hexadecimal digits, upper case) of the primary key that made the signature.
 *
 * @param keyRings armored public keys, each text with one or more
 * @throws {SignatureError}
 */
export async function verifyPgp(signature: string, payload: Buffer, keyRings: string[]): Promise<string> {
  const pgp = await import('openpgp')
  let unreadable: string | undefined
  let read = 0
  for (const armoredKeys of keyRings) {
    const keys = await pgp.readKeys({ armoredKeys }).catch((error: unknown) => {
      unreadable ??= `unable to read armored key ring: ${messageOf(error)}`
      return undefined
    })
    if (!keys) continue
    read++
    try {
      const message = await pgp.createMessage({ binary: new Uint8Array(payload) })
      const detached = await pgp.readSignature({ armoredSignature: signature.trim() })
      const { signatures } = await pgp.verify({ message, signature: detached, verificationKeys: keys })
      for (const one of signatures) {
        await one.verified
        const signer = keys.find(key => key.getKeys(one.keyID).length > 0)
        if (signer) return signer.getKeyID().toHex().toUpperCase()
      }
    } catch {
      // Another ring may hold the key.
    }
  }
  if (read === 0 && unreadable !== undefined) throw new SignatureError(unreadable)
  throw new SignatureError('unable to verify payload with any of the given key rings: no matching key')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
