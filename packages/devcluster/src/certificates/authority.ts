/**
 * The cluster's own certificate authority and what it signs: the server's certificate and the administrator's. Everything is
 * kept in the data directory, private keys readable by their owner only. Elliptic keys (P-256) keep handshakes cheap.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface KeyPair {
  certificatePem: string
  keyPem: string
}

export interface Certificates {
  caPem: string
  server: KeyPair
  admin: KeyPair
  /** Signs service account tokens. */
  tokenKeyPem: string
}

const files = ['ca.crt', 'server.crt', 'server.key', 'admin.crt', 'admin.key', 'tokens.key']
const tenYears = 10 * 365 * 86_400_000

/** Reads the certificates in `folder`, or makes them for a server that is reached at `host`. */
export async function certificatesIn(folder: string, host: string, now: number): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const marker = join(folder, 'host')
  const complete = files.every(f => existsSync(join(folder, f)))
  if (!complete || !existsSync(marker) || readFileSync(marker, 'utf8') !== host) {
    await make(folder, host, now)
    writeFileSync(marker, host)
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return {
    caPem: read('ca.crt'),
    server: { certificatePem: read('server.crt'), keyPem: read('server.key') },
    admin: { certificatePem: read('admin.crt'), keyPem: read('admin.key') },
    tokenKeyPem: read('tokens.key'),
  }
}

/** Loads the certificate library only when something has to be made: it takes longer than the rest of a start. */
async function make(folder: string, host: string, now: number): Promise<void> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const { webcrypto } = await import('node:crypto')
  x509.cryptoProvider.set(webcrypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const notBefore = new Date(now - 3_600_000)
  const notAfter = new Date(now + tenYears)
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const keyPem = async (key: CryptoKey) =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
  const save = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name)
    writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode })
    chmodSync(path, mode)
  }

  const ca = await newKeys()
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=sluice-devcluster-ca',
    keys: ca,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(ca.publicKey),
    ],
  })
  const sign = async (subject: string, usage: string, names: { type: 'dns' | 'ip'; value: string }[]) => {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: ca.privateKey,
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
        ...(names.length ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    })
    return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) }
  }
  const dns = [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  const addresses = ['127.0.0.1', '::1', '10.96.0.1']
  const isAddress = /^[\d.]+$|:/.test(host)
  if (isAddress && !addresses.includes(host)) addresses.push(host)
  if (!isAddress && !dns.includes(host)) dns.push(host)
  const server = await sign('CN=kube-apiserver', x509.ExtendedKeyUsage.serverAuth, [
    ...dns.map(value => ({ type: 'dns' as const, value })),
    ...addresses.map(value => ({ type: 'ip' as const, value })),
  ])
  const admin = await sign('CN=kubernetes-admin, O=system:masters', x509.ExtendedKeyUsage.clientAuth, [])
  const tokens = await newKeys()
  save('ca.key', await keyPem(ca.privateKey))
  save('server.key', server.key)
  save('server.crt', server.certificate, 0o644)
  save('admin.key', admin.key)
  save('admin.crt', admin.certificate)
  save('tokens.key', await keyPem(tokens.privateKey))
  save('ca.crt', authority.toString('pem'), 0o644)
}

/** A kubeconfig for the administrator, as YAML text. */
export function kubeconfigOf(url: string, { caPem, admin }: Certificates): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return `apiVersion: v1
kind: Config
current-context: sluice
clusters:
- name: sluice
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(caPem)}
contexts:
- name: sluice
  context:
    cluster: sluice
    user: kubernetes-admin
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${base64(admin.certificatePem)}
    client-key-data: ${base64(admin.keyPem)}
`
}
