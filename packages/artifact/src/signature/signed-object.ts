/**
 * A commit or tag taken apart into what was signed and the signature over it (gitformat-signature). Pure.
 */

export interface SignedObject {
  /** Exactly the bytes that were signed. */
  payload: Buffer
  /** Armored; '' when there is none. */
  signature: string
}

/** A commit carries its signature in a header that continues on lines beginning with a space. */
export function signedCommit(content: Buffer): SignedObject {
  const end = content.indexOf('\n\n')
  const header = content.subarray(0, end < 0 ? content.length : end)
  const start = header.indexOf('\ngpgsig ') + 1
  if (start === 0) return { payload: content, signature: '' }
  let stop = content.indexOf(10, start) + 1
  while (content[stop] === 32) stop = content.indexOf(10, stop) + 1
  const signature = content.toString('utf8', start + 'gpgsig '.length, stop).replaceAll('\n ', '\n')
  return { payload: Buffer.concat([content.subarray(0, start), content.subarray(stop)]), signature }
}

/** A tag carries it after its message. */
export function signedTag(content: Buffer): SignedObject {
  const starts = ['-----BEGIN PGP SIGNATURE-----', '-----BEGIN SSH SIGNATURE-----', '-----BEGIN SIGNED MESSAGE-----']
  const found = starts.map(text => content.lastIndexOf(`\n${text}`)).filter(at => at >= 0)
  if (found.length === 0) return { payload: content, signature: '' }
  const at = Math.max(...found) + 1
  return { payload: content.subarray(0, at), signature: content.toString('utf8', at) }
}

export type SignatureType = 'openpgp' | 'ssh' | 'x509' | 'unknown' | 'empty'

export function signatureType(signature: string): SignatureType {
  const text = signature.trim()
  if (text === '') return 'empty'
  if (text.startsWith('-----BEGIN PGP SIGNATURE-----')) return 'openpgp'
  if (text.startsWith('-----BEGIN SSH SIGNATURE-----')) return 'ssh'
  return text.startsWith('-----BEGIN SIGNED MESSAGE-----') ? 'x509' : 'unknown'
}
