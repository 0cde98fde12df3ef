import type { DesiredFluxConfiguration, FluxConfig } from '@sluice/api'

/**
 * Turns the properties of a `fluxConfigurations` resource, as ARM spells them, into the spec of a FluxConfig: seconds become durations, the map of
 * kustomizations a list. Pure. Secrets are not in it; they travel beside.
 */
type Spec = FluxConfig['spec']
type Properties = Record<string, unknown>

export interface SpecContext {
  name: string
  correlationId: string
  operationId: string
  /** The cluster holds protected settings for this configuration. */
  hasProtectedSettings: boolean
}

export function fluxConfigSpec(properties: DesiredFluxConfiguration['properties'], context: SpecContext): Spec {
  const sourceKind = oneOf(properties.sourceKind, ['GitRepository', 'Bucket', 'AzureBlob', 'OCIRepository'])
  return present({
    scope: oneOf(properties.scope, ['cluster', 'namespace']) ?? 'cluster',
    sourceKind: sourceKind ?? 'GitRepository',
    gitRepository: gitRepository(record(properties.gitRepository)),
    bucket: bucket(record(properties.bucket)),
    azureBlob: azureBlob(record(properties.azureBlob)),
    ociRepository: ociRepository(record(properties.ociRepository)),
    kustomizations: kustomizations(record(properties.kustomizations)),
    suspend: flag(properties.suspend) ?? false,
    protectedParametersSecretRef: context.hasProtectedSettings
      ? { name: protectedParametersName(context.name) }
      : undefined,
    correlationId: context.correlationId,
    operationId: context.operationId,
  })
}

export const protectedParametersName = (name: string): string => `${name}-protected-parameters`

function gitRepository(block: Properties | undefined): Spec['gitRepository'] {
  const url = text(block?.url)
  if (!block || !url) return undefined
  const ref = record(block.repositoryRef)
  const provider = oneOf(block.provider, ['Azure', 'GitHub', 'Generic'])
  return present({
    url,
    ref: ref && gitReference(ref),
    ...timing(block),
    httpsUser: text(block.httpsUser),
    httpsCACert: text(block.httpsCACert),
    sshKnownHosts: text(block.sshKnownHosts),
    localAuthRef: text(block.localAuthRef),
    provider,
    sparseCheckout: texts(block.sparseCheckout),
  })
}

/** Azure's precedence is commit, semver, tag, branch; Flux's puts a tag before a range. Only the winner is passed on. */
function gitReference(ref: Properties): NonNullable<Spec['gitRepository']>['ref'] {
  const [branch, tag, semver, commit] = [ref.branch, ref.tag, ref.semver, ref.commit].map(text)
  if (commit) return present({ commit, branch })
  if (semver) return { semver }
  return present(tag ? { tag } : { branch })
}

function bucket(block: Properties | undefined): Spec['bucket'] {
  const url = text(block?.url)
  const bucketName = text(block?.bucketName)
  if (!block || !url || !bucketName) return undefined
  return present({
    url,
    bucketName,
    insecure: flag(block.insecure),
    accessKey: text(block.accessKey),
    ...timing(block),
    localAuthRef: text(block.localAuthRef),
  })
}

function azureBlob(block: Properties | undefined): Spec['azureBlob'] {
  const url = text(block?.url)
  const containerName = text(block?.containerName)
  if (!block || !url || !containerName) return undefined
  const principal = record(block.servicePrincipal)
  const [clientId, tenantId] = [principal?.clientId, principal?.tenantId].map(text)
  const identity = text(record(block.managedIdentity)?.clientId)
  return present({
    url,
    containerName,
    servicePrincipal:
      clientId && tenantId
        ? present({ clientId, tenantId, clientCertificateSendChain: flag(principal?.clientCertificateSendChain) })
        : undefined,
    managedIdentity: identity ? { clientId: identity } : undefined,
    ...timing(block),
    localAuthRef: text(block.localAuthRef),
  })
}

function ociRepository(block: Properties | undefined): Spec['ociRepository'] {
  const url = text(block?.url)
  if (!block || !url) return undefined
  const ref = record(block.repositoryRef)
  const layer = record(block.layerSelector)
  const verify = record(block.verify)
  const provider = oneOf(verify?.provider, ['cosign', 'notation'])
  const [digest, semver, tag] = [ref?.digest, ref?.semver, ref?.tag].map(text)
  return present({
    url,
    ref: digest ? { digest } : semver ? { semver } : tag ? { tag } : undefined,
    layerSelector:
      layer && present({ mediaType: text(layer.mediaType), operation: oneOf(layer.operation, ['extract', 'copy']) }),
    verify:
      verify && provider
        ? present({
            provider,
            verificationConfig: textMap(verify.verificationConfig),
            matchOidcIdentity: identities(verify.matchOidcIdentity),
          })
        : undefined,
    insecure: flag(block.insecure),
    useWorkloadIdentity: flag(block.useWorkloadIdentity),
    serviceAccountName: text(block.serviceAccountName),
    ...timing(block),
    localAuthRef: text(block.localAuthRef),
  })
}

function identities(value: unknown): { issuer: string; subject: string }[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.map(one => ({ issuer: text(record(one)?.issuer) ?? '', subject: text(record(one)?.subject) ?? '' }))
}

/** In the order of their names, so that the same map is the same list. */
function kustomizations(map: Properties | undefined): Spec['kustomizations'] {
  return Object.entries(map ?? {})
    .filter(([, value]) => record(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const one = record(value) ?? {}
      return present({
        name,
        path: text(one.path) ?? '',
        dependsOn: texts(one.dependsOn),
        syncInterval: seconds(one.syncIntervalInSeconds) ?? '10m0s',
        retryInterval: seconds(one.retryIntervalInSeconds),
        timeout: seconds(one.timeoutInSeconds) ?? '10m0s',
        prune: flag(one.prune) ?? false,
        force: flag(one.force) ?? false,
        wait: flag(one.wait) ?? true,
        postBuild: postBuild(record(one.postBuild)),
      })
    })
}

type PostBuild = NonNullable<NonNullable<Spec['kustomizations']>[number]['postBuild']>

function postBuild(block: Properties | undefined): PostBuild | undefined {
  if (!block) return undefined
  const from = Array.isArray(block.substituteFrom) ? block.substituteFrom : []
  const references = from.flatMap(value => {
    const one = record(value)
    const kind = oneOf(one?.kind, ['ConfigMap', 'Secret'])
    const name = text(one?.name)
    return kind && name ? [{ kind, name, optional: flag(one?.optional) ?? false }] : []
  })
  return present({
    substitute: textMap(block.substitute),
    substituteFrom: references.length > 0 ? references : undefined,
  })
}

function timing(block: Properties): { syncInterval: string; timeout: string } {
  return {
    syncInterval: seconds(block.syncIntervalInSeconds) ?? '10m0s',
    timeout: seconds(block.timeoutInSeconds) ?? '10m0s',
  }
}

/** As Azure writes durations: minutes and seconds, hours where there are any. */
function seconds(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined
  const hours = Math.floor(value / 3600)
  const minutes = Math.floor((value % 3600) / 60)
  const rest = value % 60
  if (hours > 0) return `${hours}h${minutes}m${rest}s`
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`
}

const record = (value: unknown): Properties | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : undefined

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined)

function texts(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
  return list.length > 0 ? list : undefined
}

function textMap(value: unknown): Record<string, string> | undefined {
  const entries = Object.entries(record(value) ?? {}).filter(([, one]) => one !== null)
  return entries.length > 0 ? Object.fromEntries(entries.map(([key, one]) => [key, String(one)])) : undefined
}

function oneOf<const T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find(one => one === value)
}

/** Without the fields that are undefined. */
function present<T extends object>(fields: T): T {
  for (const [key, value] of Object.entries(fields)) if (value === undefined) Reflect.deleteProperty(fields, key)
  return fields
}
