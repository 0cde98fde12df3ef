import { type FluxConfig, groups, type KubeObject } from '@sluice/api'
import { parseDuration } from '@sluice/controller'
import { ConfigurationError } from './configuration-error.ts'
import { parseGitUrl } from './git-url.ts'

/** The one source of a configuration: it has the configuration's name. An Azure Blob container is a Bucket to Flux. */
export function sourceKindOf(config: FluxConfig): 'GitRepository' | 'Bucket' | 'OCIRepository' {
  const kind = config.spec.sourceKind ?? 'GitRepository'
  return kind === 'AzureBlob' ? 'Bucket' : kind
}

/** Kinds that a configuration's source can be; after a change of kind the old one is removed. */
export const sourceKinds = ['GitRepository', 'Bucket', 'OCIRepository'] as const

export const sourceApiVersion = `${groups.source}/v1`

/** `secretName`: the secret with what the source logs in with; absent when it needs none. */
export function sourceObject(
  config: FluxConfig,
  metadata: KubeObject['metadata'],
  secretName: string | undefined,
): KubeObject {
  const suspend = config.spec.suspend || undefined
  const spec = { ...sourceSpec(config, secretName), suspend }
  return { apiVersion: sourceApiVersion, kind: sourceKindOf(config), metadata, spec }
}

function sourceSpec(config: FluxConfig, secretName: string | undefined): Record<string, unknown> {
  const { spec } = config
  const secretRef = secretName ? { name: secretName } : undefined
  switch (spec.sourceKind ?? 'GitRepository') {
    case 'GitRepository':
      return gitSpec(blockOf(spec.gitRepository, 'gitRepository'), secretRef)
    case 'Bucket': {
      const { url, bucketName, insecure, syncInterval, timeout } = blockOf(spec.bucket, 'bucket')
      const endpoint = url.replace(/^https?:\/\//, '')
      return { bucketName, endpoint, insecure: insecure ?? true, secretRef, ...timing(syncInterval, timeout) }
    }
    case 'AzureBlob': {
      const { url, containerName, syncInterval, timeout } = blockOf(spec.azureBlob, 'azureBlob')
      const times = timing(syncInterval, timeout)
      return { provider: 'azure', bucketName: containerName, endpoint: url, secretRef, ...times }
    }
    case 'OCIRepository':
      return ociSpec(blockOf(spec.ociRepository, 'ociRepository'), secretName, config)
    default:
      throw new ConfigurationError(
        `sourceKind ${spec.sourceKind} is unknown: use GitRepository, Bucket, AzureBlob or OCIRepository`,
      )
  }
}

function gitSpec(
  git: NonNullable<FluxConfig['spec']['gitRepository']>,
  secretRef: { name: string } | undefined,
): Record<string, unknown> {
  const target = parseGitUrl(git.url)
  if (!target) {
    throw new ConfigurationError(
      `gitRepository.url "${withoutCredentials(git.url)}" is no address of a repository: it must begin with https://, http://, ssh:// or git@`,
    )
  }
  const { branch, tag, semver, name, commit } = git.ref ?? {}
  const ref = { branch, tag, semver, name, commit }
  return {
    url: target.url,
    ref: Object.values(ref).some(Boolean) ? ref : undefined,
    secretRef,
    ...timing(git.syncInterval, git.timeout),
    provider: git.provider && git.provider !== 'Generic' ? git.provider.toLowerCase() : undefined,
    sparseCheckout: git.sparseCheckout?.length ? git.sparseCheckout : undefined,
  }
}

function ociSpec(
  oci: NonNullable<FluxConfig['spec']['ociRepository']>,
  secretName: string | undefined,
  config: FluxConfig,
): Record<string, unknown> {
  const { url, ref, layerSelector, verify, insecure, useWorkloadIdentity, serviceAccountName } = oci
  const own = secretName !== undefined && secretName !== oci.localAuthRef
  return {
    url,
    ref,
    layerSelector,
    verify: verify && {
      provider: verify.provider,
      secretRef: verify.verificationConfig ? { name: verificationSecretName(config) } : undefined,
      matchOIDCIdentity: verify.matchOidcIdentity,
    },
    insecure: insecure || undefined,
    provider: useWorkloadIdentity ? 'azure' : undefined,
    serviceAccountName,
    certSecretRef: own ? { name: secretName } : undefined,
    secretRef: secretName && !own ? { name: secretName } : undefined,
    ...timing(oci.syncInterval, oci.timeout),
  }
}

export const verificationSecretName = (config: FluxConfig): string => `${config.metadata.name}-verification`

function blockOf<T>(block: T | undefined, field: string): T {
  if (!block) throw new ConfigurationError(`${field} is missing: give it, or another sourceKind`)
  return block
}

/** Flux's timeouts of sources know no hours (`^([0-9]+(\.[0-9]+)?(ms|s|m))+$`). */
function timing(syncInterval = '10m0s', timeout = '10m0s'): { interval: string; timeout: string } {
  return { interval: syncInterval, timeout: withoutHours(timeout) }
}

function withoutHours(duration: string): string {
  const milliseconds = parseDuration(duration)
  if (milliseconds === undefined || !duration.includes('h')) return duration
  return `${Math.floor(milliseconds / 60_000)}m${(milliseconds % 60_000) / 1000}s`
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@\s]*@/, '//')
}
