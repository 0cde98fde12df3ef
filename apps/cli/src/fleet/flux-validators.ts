/**
 * What `az k8s-configuration flux` checks before it asks the service, in its words. Each throws a usage error with a
 * recommendation.
 */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UsageError } from '../usage-error.ts'

export function refuseUsage(message: string, recommendation?: string): never {
  throw new UsageError(recommendation === undefined ? message : `${message}\n${recommendation}`)
}

function nameProblem(value: string, parameter: string, max: number, mayHavePeriods: boolean): string | undefined {
  if (value.length > max) {
    return `Parameter ${parameter} can be a maximum of ${max} characters. Specify a shorter name and try again.`
  }
  const pattern = mayHavePeriods ? /^[a-z0-9]([.\-a-z0-9]*[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
  if (pattern.test(value)) return undefined
  if (/^-|-$/.test(value)) return `Parameter ${parameter} cannot begin or end with a hyphen.`
  if (mayHavePeriods && /^\.|\.$/.test(value)) return `Parameter ${parameter} cannot begin or end with a period.`
  const periods = mayHavePeriods ? ', hyphens, and periods' : ' and hyphens'
  return `Parameter ${parameter} can only contain lowercase alphanumeric characters${periods}`
}

export function validateConfigurationName(name: string): void {
  const problem = nameProblem(name, '--name', 63, true)
  if (problem !== undefined) refuseUsage('Error! Invalid --name', problem)
}

export function validateNamespace(namespace: string): void {
  const problem = nameProblem(namespace, '--namespace', 253, false)
  if (problem !== undefined) refuseUsage('Error! Invalid --namespace', problem)
}

export function validateKustomizationName(name: string): void {
  const problem = nameProblem(name, 'name', 63, true)
  if (problem !== undefined) refuseUsage('Error! Invalid name', problem)
}

/** Seconds of a Go duration of hours, minutes and seconds. */
export function durationSeconds(text: string, argument: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)
  const [, hours = '0', minutes = '0', seconds = '0'] = match ?? []
  const total = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  if (match === null || text === '' || total === 0) {
    refuseUsage(`Error! Invalid ${argument}.`, 'Specify a valid Go duration and try again (i.e. 1h2m5s)')
  }
  return total
}

const GIT_SCHEMES = ['http://', 'https://', 'git@', 'ssh://']
const WEB_SCHEMES = ['http://', 'https://']

export function validateUrl(url: string, kind: string): void {
  const schemes = kind === 'git' ? GIT_SCHEMES : kind === 'oci' ? ['oci://'] : WEB_SCHEMES
  if (schemes.some(scheme => url.startsWith(scheme))) return
  refuseUsage('Error! Invalid --url.', `Url must begin with one of [${schemes.map(one => `'${one}'`).join(', ')}]`)
}

/** A text argument, or the base64 of the file that its other form names. */
export function textOrFile(text: string | undefined, file: string | undefined): string | undefined {
  if (text !== undefined && file !== undefined)
    refuseUsage('Error! Both textual key and key filepath cannot be provided')
  if (file === undefined) return text
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch {
    return refuseUsage(`Error! Unable to read key file specified with: ${file}`)
  }
  if (content.length === 0) refuseUsage(`Error! Unable to read key file specified with: ${file}`)
  return content.toString('base64')
}

export function validateKnownHosts(base64: string): void {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  if (Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '') !== base64.replace(/\s|=+$/g, '')) {
    refuseUsage('Error! ssh known_hosts is not a valid utf-8 base64 encoded string')
  }
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
  const isLine = (line: string) =>
    /^(@\S+\s+)?\S+\s+(ssh-|ecdsa-|sk-)[\w@.-]+\s+[A-Za-z0-9+/]+={0,2}(\s.*)?$/.test(line)
  if (lines.length === 0 || !lines.every(isLine)) refuseUsage('Error! ssh known_hosts provided in wrong format')
}

export function validatePrivateKey(base64: string): void {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  // Node reads PEM only; the OpenSSH form is checked by the cluster, which uses ssh's own reader.
  if (/^-----BEGIN OPENSSH PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END OPENSSH PRIVATE KEY-----\s*$/.test(text)) return
  try {
    const { asymmetricKeyType: type } = createPrivateKey(text)
    if (['rsa', 'ec', 'dsa', 'ed25519'].includes(type ?? '')) return
  } catch {
    // Said below.
  }
  refuseUsage(
    'Error! --ssh-private-key provided in invalid format',
    'Verify the key provided is a valid PEM-formatted key of type RSA, ECC, DSA, or Ed25519',
  )
}
