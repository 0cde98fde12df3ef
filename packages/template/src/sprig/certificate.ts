/** X.509 certificates as Go's x509.CreateCertificate makes them for sprig's templates. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { printValue } from '../go-print.ts'
import { bits, boolean, der, elements, integer, objectId, octets, pem, pemBlock, sequence, setOf, time } from './der.ts'
import { keyText, parsePrivateKey } from './private-key.ts'

/** What sprig's functions answer, with fields for templates. */
export class Certificate {
  static readonly goType = 'sprig.certificate'
  readonly Cert: string
  readonly Key: string

  constructor(cert: string, key: string) {
    this.Cert = cert
    this.Key = key
  }
}

export interface Subject {
  commonName: string
  days: number
  addresses: readonly unknown[]
  names: readonly unknown[]
  authority: boolean
}

interface Issuer {
  name: Buffer
  key: KeyObject
  keyId: Buffer | undefined
}

const nameOf = (commonName: string): Buffer =>
  commonName === ''
    ? sequence()
    : sequence(
        setOf(
          sequence(
            objectId('2.5.4.3'),
            der(/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? 0x13 : 0x0c, Buffer.from(commonName)),
          ),
        ),
      )

const keyIdOf = (key: KeyObject): Buffer => {
  const spki = elements(createPublicKey(key).export({ type: 'spki', format: 'der' }))[0]
  const bitString = elements(spki?.body ?? Buffer.alloc(0))[1]?.body.subarray(1) ?? Buffer.alloc(0)
  return createHash('sha256').update(bitString).digest().subarray(0, 20)
}

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  critical ? sequence(objectId(id), boolean(true), octets(value)) : sequence(objectId(id), octets(value))

function addressBytes(address: unknown): Buffer {
  if (typeof address !== 'string') throw new Error(`error parsing ip: ${printValue(address)} is not a string`)
  const version = isIP(address)
  if (version === 4) return Buffer.from(address.split('.').map(Number))
  if (version !== 6 || address.includes('%')) throw new Error(`error parsing ip: ${address}`)
  const hex = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = hex.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map(group => group.padStart(4, '0')).join(''), 'hex')
}

function nameBytes(name: unknown): Buffer {
  if (typeof name === 'string') return Buffer.from(name)
  throw new Error(`error processing alternate dns name: ${printValue(name)} is not a string`)
}

function extensionsOf(subject: Subject, key: KeyObject, issuer: Issuer): Buffer {
  const addresses = subject.addresses.map(addressBytes)
  const names = subject.names.map(nameBytes)
  const usage = subject.authority ? bits(Buffer.of(0xa4), 2) : bits(Buffer.of(0xa0), 5)
  const out = [
    extension('2.5.29.15', true, usage),
    extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.19', true, subject.authority ? sequence(boolean(true)) : sequence()),
  ]
  if (subject.authority) out.push(extension('2.5.29.14', false, octets(keyIdOf(key))))
  if (issuer.keyId && !subject.authority) out.push(extension('2.5.29.35', false, sequence(der(0x80, issuer.keyId))))
  if (names.length + addresses.length > 0) {
    const all = [...names.map(name => der(0x82, name)), ...addresses.map(address => der(0x87, address))]
    out.push(extension('2.5.29.17', false, sequence(...all)))
  }
  return der(0xa3, sequence(...out))
}

function signatureOf(key: KeyObject): { algorithm: Buffer; hash: 'sha256' | undefined } {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: sequence(objectId('1.2.840.113549.1.1.11'), der(0x05)), hash: 'sha256' }
    case 'ec':
      return { algorithm: sequence(objectId('1.2.840.10045.4.3.2')), hash: 'sha256' }
    case 'ed25519':
      return { algorithm: sequence(objectId('1.3.101.112')), hash: undefined }
    default:
      throw new Error('error creating certificate: x509: only RSA, ECDSA and Ed25519 keys supported')
  }
}

/** A certificate for a key, signed by itself or by an authority. */
export function issue(subject: Subject, key: KeyObject, authority?: { Cert: string; Key: string }): Certificate {
  const self = { name: nameOf(subject.commonName), key, keyId: undefined }
  const issuer: Issuer = authority ? issuerOf(authority) : self
  const { algorithm, hash } = signatureOf(issuer.key)
  const start = new Date()
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(randomBytes(16)),
    algorithm,
    issuer.name,
    sequence(time(start), time(new Date(start.getTime() + subject.days * 86_400_000))),
    nameOf(subject.commonName),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    extensionsOf(subject, key, issuer),
  )
  const signed = sequence(body, algorithm, bits(sign(hash, body, issuer.key)))
  return new Certificate(pem('CERTIFICATE', signed), keyText(key))
}

function issuerOf({ Cert, Key }: { Cert: string; Key: string }): Issuer {
  const bytes = certificateBytes(Cert, 'decodedSignerCert')
  let key: KeyObject
  try {
    key = parsePrivateKey(Key)
  } catch (error) {
    throw new Error(`error parsing private key: ${error instanceof Error ? error.message : error}`)
  }
  const body = elements(elements(elements(bytes)[0]?.body ?? bytes)[0]?.body ?? bytes)
  const subject = body[body[0]?.tag === 0xa0 ? 5 : 4]
  if (subject === undefined)
    throw new Error('error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate')
  const extensions = elements(body.find(part => part.tag === 0xa3)?.body ?? Buffer.alloc(0))[0]
  const id = objectId('2.5.29.14')
  for (const part of extensions ? elements(extensions.body) : []) {
    const fields = elements(part.body)
    if (fields[0]?.whole.equals(id)) {
      const inner = elements(fields.at(-1)?.body ?? Buffer.alloc(0))[0]
      return { name: subject.whole, key, keyId: inner?.body }
    }
  }
  return { name: subject.whole, key, keyId: undefined }
}

/** The DER of a PEM certificate that can be read. */
function certificateBytes(text: string, what: string): Buffer {
  const block = pemBlock(text)
  if (block === undefined) throw new Error('unable to decode certificate')
  try {
    return new X509Certificate(block.bytes).raw
  } catch (error) {
    throw new Error(`error parsing certificate: ${what}.Bytes: ${error instanceof Error ? error.message : error}`)
  }
}

/** A certificate and key that somebody made elsewhere, both checked. */
export function customCertificate(cert: string, key: string): Certificate {
  certificateBytes(cert, 'decodedCert')
  try {
    parsePrivateKey(key)
  } catch (error) {
    throw new Error(`error parsing private key: ${error instanceof Error ? error.message : error}`)
  }
  return new Certificate(cert, key)
}
