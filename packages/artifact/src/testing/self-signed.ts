/** A certificate for one name that nobody has signed, for tests of TLS. */
import { execFileSync } from 'node:child_process'

export function selfSigned(name: string): { cert: string; key: string } {
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '2']
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-out', '-']
  const out = execFileSync('openssl', ['req', '-x509', ...keys, ...subject], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [key = '', cert = ''] = out.split(/(?=-----BEGIN CERTIFICATE-----)/)
  return { cert, key }
}
