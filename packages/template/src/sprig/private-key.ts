/** Private keys as sprig writes and reads them: PKCS#1, SEC 1, PKCS#8, and OpenSSL's old form for DSA. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { elements, integer, objectId, octets, pem, pemBlock, sequence } from './der.ts'

export const newRsaKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

export function newPrivateKey(type: string): string {
  switch (type) {
    case '':
    case 'rsa':
      return keyText(generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey)
    case 'dsa':
      return keyText(generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey)
    case 'ecdsa':
      return keyText(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    case 'ed25519':
      return keyText(generateKeyPairSync('ed25519').privateKey)
    default:
      return `Unknown type ${type}`
  }
}

export function keyText(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return String(key.export({ type: 'pkcs1', format: 'pem' }))
    case 'ec':
      return String(key.export({ type: 'sec1', format: 'pem' }))
    case 'dsa':
      return pem('DSA PRIVATE KEY', dsaBytes(key))
    default:
      return String(key.export({ type: 'pkcs8', format: 'pem' }))
  }
}

/** version, P, Q, G, Y, X. */
function dsaBytes(key: KeyObject): Buffer {
  const whole = elements(key.export({ type: 'pkcs8', format: 'der' }))[0]
  const [, algorithm, secret] = elements(whole?.body ?? Buffer.alloc(0))
  const parameters = elements(elements(algorithm?.body ?? Buffer.alloc(0))[1]?.body ?? Buffer.alloc(0))
  const spki = elements(createPublicKey(key).export({ type: 'spki', format: 'der' }))[0]
  const publicBits = elements(spki?.body ?? Buffer.alloc(0))[1]?.body.subarray(1)
  return sequence(
    integer(Buffer.of(0)),
    ...parameters.map(part => part.whole),
    publicBits ?? Buffer.alloc(0),
    secret?.body ?? Buffer.alloc(0),
  )
}

export function parsePrivateKey(text: string): KeyObject {
  const block = pemBlock(text)
  if (block === undefined) throw new Error('no PEM data in input')
  const { label, bytes } = block
  if (label !== 'PRIVATE KEY' && !label.endsWith(' PRIVATE KEY'))
    throw new Error(`no private key data in PEM block of type ${label}`)
  const kind = label.replace(/ ?PRIVATE KEY$/, '')
  if (kind === 'DSA') return parseDsa(bytes)
  const type = kind === '' ? 'pkcs8' : kind === 'RSA' ? 'pkcs1' : kind === 'EC' ? 'sec1' : undefined
  if (type === undefined) throw new Error(`invalid private key type ${kind}`)
  try {
    return createPrivateKey({ key: bytes, format: 'der', type })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      kind === '' ? `decoding PEM as PKCS#8: ${reason}` : `parsing ${kind} private key from PEM: ${reason}`,
    )
  }
}

function parseDsa(bytes: Buffer): KeyObject {
  const [, p, q, g, , x] = elements(elements(bytes)[0]?.body ?? Buffer.alloc(0))
  if (!p || !q || !g || !x) throw new Error('parsing DSA private key from PEM: asn1: structure error')
  const algorithm = sequence(objectId('1.2.840.10040.4.1'), sequence(p.whole, q.whole, g.whole))
  const key = sequence(integer(Buffer.of(0)), algorithm, octets(x.whole))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}
