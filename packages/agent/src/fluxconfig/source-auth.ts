import type { FluxConfig } from '@sluice/api'
import { ConfigurationError } from './configuration-error.ts'
import { parseGitUrl } from './git-url.ts'
import { knownHostsOf } from './known-hosts.ts'
import { decodeSetting } from './secret-text.ts'
import type { SshKeyPair } from './ssh-key-pair.ts'
import { sshPublicKeyOf } from './ssh-public-key.ts'

/**
 * Turns what a user gave for logging in to a source (plain fields of the configuration, protected settings) into the keys
 * that Flux reads from the source's secret. Texts, not base64; `undefined` when the source needs no secret of ours.
 */
export interface ConfigurationSecrets {
  /** Protected settings by name, as the API received them (mostly base64). */
  protectedSettings?: Record<string, string>
  /** The key pair that lives as long as the configuration. */
  keyPair?: SshKeyPair
}

export function sourceAuth(config: FluxConfig, secrets: ConfigurationSecrets): Record<string, string> | undefined {
  const { spec } = config
  if (localAuthRefOf(config)) return undefined
  const settings = secrets.protectedSettings ?? {}
  const texts =
    spec.sourceKind === 'Bucket'
      ? bucketAuth(config, settings)
      : spec.sourceKind === 'AzureBlob'
        ? azureBlobAuth(config, settings)
        : spec.sourceKind === 'OCIRepository'
          ? ociAuth(settings)
          : gitAuth(config, settings, secrets.keyPair)
  const given = Object.entries(texts).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length > 0 ? Object.fromEntries(given) : undefined
}

/** The user's own secret for the source, in the configuration's namespace. */
export function localAuthRefOf({ spec }: FluxConfig): string | undefined {
  const blocks = {
    GitRepository: spec.gitRepository,
    Bucket: spec.bucket,
    AzureBlob: spec.azureBlob,
    OCIRepository: spec.ociRepository,
  }
  return blocks[spec.sourceKind ?? 'GitRepository']?.localAuthRef || undefined
}

/** Whether this configuration logs in with a key pair of ours. */
export function needsKeyPair(config: FluxConfig, settings: Record<string, string> | undefined): boolean {
  const { sourceKind = 'GitRepository', gitRepository } = config.spec
  if (sourceKind !== 'GitRepository' || !gitRepository || localAuthRefOf(config)) return false
  return parseGitUrl(gitRepository.url)?.ssh === true && !settings?.sshPrivateKey
}

/** What to allow in the Git server: derived from the user's key, or ours. */
export function repositoryPublicKey(config: FluxConfig, secrets: ConfigurationSecrets): string | undefined {
  if (needsKeyPair(config, secrets.protectedSettings)) return secrets.keyPair?.publicKey
  const own = secrets.protectedSettings?.sshPrivateKey
  const { sourceKind = 'GitRepository' } = config.spec
  return own && sourceKind === 'GitRepository' ? sshPublicKeyOf(decodeSetting('sshPrivateKey', own)) : undefined
}

type Texts = Record<string, string | undefined>

function gitAuth(config: FluxConfig, settings: Record<string, string>, keyPair: SshKeyPair | undefined): Texts {
  const git = config.spec.gitRepository
  const target = git && parseGitUrl(git.url)
  if (!git || !target) return {}
  const decoded = (name: string) => (settings[name] ? decodeSetting(name, settings[name]) : undefined)
  if (target.ssh) {
    const identity = decoded('sshPrivateKey') ?? keyPair?.privateKey
    if (identity && !identity.includes('PRIVATE KEY-----')) {
      throw new ConfigurationError('sshPrivateKey is not a private key in PEM or OpenSSH form: give the whole key file')
    }
    const own = git.sshKnownHosts ? decodeSetting('gitRepository.sshKnownHosts', git.sshKnownHosts) : undefined
    return {
      // Keys without their last newline are common in pipelines, and OpenSSH refuses them.
      identity: identity && !identity.endsWith('\n') ? `${identity}\n` : identity,
      'identity.pub': identity && sshPublicKeyOf(identity),
      known_hosts: own ?? knownHostsOf(target.host),
    }
  }
  const user = git.httpsUser ?? decoded('httpsUser')
  const key = decoded('httpsKey')
  const authority = git.httpsCACert ? decodeSetting('gitRepository.httpsCACert', git.httpsCACert) : undefined
  return user ? { username: user, password: key, 'ca.crt': authority } : { bearerToken: key, 'ca.crt': authority }
}

function bucketAuth({ spec }: FluxConfig, settings: Record<string, string>): Texts {
  const secret = settings.bucketSecretKey
  return { accesskey: spec.bucket?.accessKey, secretkey: secret && decodeSetting('bucketSecretKey', secret) }
}

function azureBlobAuth({ spec }: FluxConfig, settings: Record<string, string>): Texts {
  const principal = spec.azureBlob?.servicePrincipal
  const certificate = settings['azureBlob.servicePrincipal.clientCertificate']
  return {
    accountKey: settings['azureBlob.accountKey'],
    sasKey: settings['azureBlob.sasToken'],
    tenantId: principal?.tenantId,
    clientId: principal?.clientId ?? spec.azureBlob?.managedIdentity?.clientId,
    clientSecret: settings['azureBlob.servicePrincipal.clientSecret'],
    clientCertificate: certificate && decodeSetting('azureBlob.servicePrincipal.clientCertificate', certificate),
    clientCertificatePassword: settings['azureBlob.servicePrincipal.clientCertificatePassword'],
    clientCertificateSendChain: principal?.clientCertificateSendChain ? 'true' : undefined,
  }
}

/** Client certificates of a registry: Flux reads them by `certSecretRef`. */
function ociAuth(settings: Record<string, string>): Texts {
  const decoded = (name: string) => (settings[name] ? decodeSetting(name, settings[name]) : undefined)
  return {
    'tls.crt': decoded('ociRepository.tlsConfig.clientCertificate'),
    'tls.key': decoded('ociRepository.tlsConfig.privateKey'),
    'ca.crt': decoded('ociRepository.tlsConfig.caCertificate'),
  }
}
