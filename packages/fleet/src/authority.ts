/**
 * A certificate authority of one's own, for a service on a laptop or in a lab: the root key is kept in a directory
 * with mode 0600, and certificates for the service are issued from it. In production the service is given a
 * certificate instead.
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { writePrivateFile } from './store/private-file.ts'

export interface LocalAuthority {
  /** The root certificate, PEM: what clients trust. */
  ca: string
  /** A certificate for a server, with its own key; both PEM. The chain is complete with `ca`. */
  issue(names: { dnsNames: string[]; ips: string[] }): Promise<{ key: string; cert: string }>
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000
/** Clocks of clients differ: certificates are valid from an hour ago. */
const BACKDATE_MS = 3_600_000

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) }
}

async function newRoot(): Promise<string> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Sluice local authority',
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(3650),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  )
  return `${await keyPem(keys.privateKey)}${certificate.toString('pem')}\n`
}

function readRoot(path: string): string | undefined {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new Error(
        `The authority's key ${path} can be read by others than its owner: delete it (a new one is made) or chmod 600 it`,
      )
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Opens the authority kept in `dir` (`authority.pem`: key and certificate), making it the first time. */
export async function localAuthority(dir: string): Promise<LocalAuthority> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'authority.pem')
  let pem = readRoot(path)
  if (pem === undefined) {
    pem = await newRoot()
    writePrivateFile(path, pem)
  }
  const [keyDer] = PemConverter.decode(pem)
  const certificateAt = pem.indexOf('-----BEGIN CERTIFICATE-----')
  if (keyDer === undefined || certificateAt < 0) {
    throw new Error(
      `The authority file ${path} is damaged: delete it (a new one is made; clients must then trust that one)`,
    )
  }
  const root = new X509Certificate(pem.slice(certificateAt))
  const signingKey = await webcrypto.subtle.importKey('pkcs8', keyDer, ALGORITHM, false, ['sign'])

  return {
    ca: `${root.toString('pem')}\n`,
    async issue({ dnsNames, ips }) {
      const keys = await newKeys()
      const certificate = await X509CertificateGenerator.create(
        {
          subject: `CN=${dnsNames[0] ?? ips[0] ?? 'sluice'}`,
          issuer: root.subject,
          publicKey: keys.publicKey,
          signingKey,
          signingAlgorithm: ALGORITHM,
          ...validity(397),
          extensions: [
            new BasicConstraintsExtension(false, undefined, true),
            new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
            new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
            new SubjectAlternativeNameExtension([
              ...dnsNames.map(value => ({ type: 'dns' as const, value })),
              ...ips.map(value => ({ type: 'ip' as const, value })),
            ]),
            await SubjectKeyIdentifierExtension.create(keys.publicKey),
            await AuthorityKeyIdentifierExtension.create(root.publicKey),
          ],
        },
        webcrypto,
      )
      return { key: await keyPem(keys.privateKey), cert: `${certificate.toString('pem')}\n` }
    },
  }
}
