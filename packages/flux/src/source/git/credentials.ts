/**
 * From a GitRepository's secrets to how its remote is reached, with Flux's rules and words. Pure: the secrets' data is
 * passed in, decoded.
 */
import type { GitAuth } from '@sluice/artifact'
import type { SecretData } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'

/** @param name `<namespace>/<name>` of the secret */
export function gitAuth(url: URL, secret: SecretData | undefined, name = ''): GitAuth {
  if (url.protocol === 'ssh:') return sshAuth(name, secret)
  if (!secret) return {}
  const ca = secret.get('ca.crt') || secret.get('caFile') || undefined
  const tls = { ca, cert: secret.get('tls.crt') || undefined, key: secret.get('tls.key') || undefined }
  const bearerToken = secret.get('bearerToken')
  if (bearerToken !== undefined) {
    if (url.username !== '' || url.password !== '') {
      throw new SourceFailure(
        'FetchFailed',
        'GitOperationFailed',
        'failed to checkout and determine revision: basic auth and bearer token cannot be set at the same time',
      )
    }
    return { ...tls, bearerToken }
  }
  const username = secret.get('username') || decodeURIComponent(url.username)
  const password = secret.get('password') || decodeURIComponent(url.password)
  if (password !== '' && username === '') {
    throw configuration(
      "invalid 'https' auth option: 'password' requires 'username' to be set".replace(
        'https',
        url.protocol.slice(0, -1),
      ),
    )
  }
  return { ...tls, username: username || undefined, password: password || undefined }
}

export interface ProviderSpec {
  provider?: string
  serviceAccountName?: string
  secretRef?: { name: string }
}

/** Ways to log in that are the cloud's: refused with what is missing rather than tried without. */
export function refuseProvider(spec: ProviderSpec, namespace: string, secret: SecretData | undefined): void {
  const { provider = 'generic', serviceAccountName, secretRef } = spec
  if (provider === 'generic') {
    if (!secret?.has('githubAppID')) return
    throw new SourceFailure(
      'FetchFailed',
      'InvalidProviderConfiguration',
      `secretRef '${namespace}/${secretRef?.name}' has github app data but provider is not set to github`,
    )
  }
  if (provider === 'github') {
    if (!secret?.has('githubAppID')) {
      const message = 'secretRef with github app data must be specified when provider is set to github'
      throw new SourceFailure('FetchFailed', 'InvalidProviderConfiguration', message, {
        mode: secretRef ? 'retry' : 'stalled',
      })
    }
  } else if (serviceAccountName) {
    const message =
      'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller'
    throw new SourceFailure('FetchFailed', 'FeatureGateDisabled', message, { mode: 'stalled' })
  }
  throw configuration(
    `provider '${provider}' is not available in this controller; use provider 'generic' with a secretRef that holds username and password or bearerToken`,
  )
}

function sshAuth(name: string, secret: SecretData | undefined): GitAuth {
  const identity = secret?.get('identity')
  const knownHosts = secret?.get('known_hosts')
  if (!identity) throw configuration("invalid 'ssh' auth option: 'identity' is required")
  if (!knownHosts) throw configuration("invalid 'ssh' auth option: 'known_hosts' is required")
  const passphrase = secret?.get('password') || undefined
  if (passphrase === undefined && isEncrypted(identity)) {
    const message = `SSH identity key is encrypted but no 'password' field was provided in the secret '${name}'`
    throw new SourceFailure('FetchFailed', 'AuthenticationFailed', message)
  }
  return { identity, knownHosts, passphrase }
}

/** Whether a private key needs a passphrase: PEM says so, the OpenSSH form names its cipher. */
function isEncrypted(key: string): boolean {
  if (/ENCRYPTED/.test(key)) return true
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(key)?.[1]
  if (body === undefined) return false
  const bytes = Buffer.from(body, 'base64')
  const at = 'openssh-key-v1\0'.length
  const length = bytes.length < at + 4 ? 0 : bytes.readUInt32BE(at)
  return bytes.toString('latin1', at + 4, at + 4 + length) !== 'none'
}

function configuration(message: string): SourceFailure {
  return new SourceFailure(
    'FetchFailed',
    'AuthenticationFailed',
    `failed to configure authentication options: ${message}`,
  )
}
