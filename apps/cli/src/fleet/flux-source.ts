/**
 * Turns the source arguments into the body's source block and protected settings, after the checks that `az` makes,
 * in its order and words.
 */
import type { Json } from '../fleet-client.ts'
import { type FluxSourceOptions, flagOf, SOURCE_ARGUMENTS, type SourceKindWord } from './flux-source-options.ts'
import {
  durationSeconds,
  refuseUsage,
  textOrFile,
  validateKnownHosts,
  validatePrivateKey,
  validateUrl,
} from './flux-validators.ts'

export const SOURCE_KINDS: Record<
  SourceKindWord,
  { sourceKind: string; block: string; required: (keyof FluxSourceOptions)[] }
> = {
  git: { sourceKind: 'GitRepository', block: 'gitRepository', required: ['url'] },
  bucket: { sourceKind: 'Bucket', block: 'bucket', required: ['url', 'bucketName'] },
  azblob: { sourceKind: 'AzureBlob', block: 'azureBlob', required: ['url', 'containerName'] },
  oci: { sourceKind: 'OCIRepository', block: 'ociRepository', required: ['url'] },
}

export interface SourceBody {
  block: Json
  protectedSettings: Record<string, string>
}

const list = (words: string[]): string => `[${words.map(word => `'${word}'`).join(', ')}]`

const flags = (keys: (keyof FluxSourceOptions)[]): string[] =>
  SOURCE_ARGUMENTS.filter(argument => keys.includes(argument.key)).map(flagOf)

function refuseForeign(kind: SourceKindWord, options: FluxSourceOptions): void {
  const isMeant = (argument: (typeof SOURCE_ARGUMENTS)[number]) => argument.kinds?.includes(kind) ?? true
  const foreign = SOURCE_ARGUMENTS.filter(argument => options[argument.key] !== undefined && !isMeant(argument))
  if (foreign.length === 0) return
  refuseUsage(
    `Error! Invalid properties ${list(foreign.map(flagOf))} were specified for kind '${kind}'`,
    `Valid properties for kind '${kind}' include ${list(SOURCE_ARGUMENTS.filter(isMeant).map(flagOf))}`,
  )
}

function requireArguments(kind: SourceKindWord, options: FluxSourceOptions): void {
  const missing = SOURCE_KINDS[kind].required.filter(key => options[key] === undefined)
  if (missing.length === 0) return
  refuseUsage(
    `Error! Required properties ${list(flags(missing))} were not specified for kind '${kind}'`,
    'Add the missing required properties and try again',
  )
}

/** Only what was given. */
function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const seconds = (text: string | undefined, argument: string): number | undefined =>
  text === undefined ? undefined : durationSeconds(text, argument)

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

function gitBody(options: FluxSourceOptions, isComplete: boolean): SourceBody {
  const { url } = options
  const sshPrivateKey = textOrFile(options.sshPrivateKey, options.sshPrivateKeyFile)
  const knownHosts = textOrFile(options.knownHosts, options.knownHostsFile)
  const httpsCACert = textOrFile(options.httpsCaCert, options.httpsCaCertFile)
  if (knownHosts !== undefined) validateKnownHosts(knownHosts)
  const isWeb = url !== undefined && /^https?:\/\//.test(url)
  const isSsh = url !== undefined && !isWeb
  if (sshPrivateKey !== undefined && isWeb)
    refuseUsage('Error! An --ssh-private-key cannot be used with an http(s) url')
  if (knownHosts !== undefined && isWeb) refuseUsage('Error! --known-hosts cannot be used with an http(s) url')
  if ((options.httpsUser !== undefined || options.httpsKey !== undefined) && isSsh) {
    refuseUsage('Error! https auth (--https-user and --https-key) cannot be used with a non-http(s) url')
  }
  if (isComplete && (options.httpsUser === undefined) !== (options.httpsKey === undefined)) {
    refuseUsage('Error! --https-user and --https-key cannot be used separately')
  }
  const refs = { branch: options.branch, tag: options.tag, semver: options.semver, commit: options.commit }
  const named = Object.values(refs).filter(value => value !== undefined).length
  if (named > 1)
    refuseUsage('Error! Repository reference is invalid', 'Specifying more than one repository ref argument is invalid')
  if (named === 0 && isComplete) {
    refuseUsage(
      'Error! Repository reference is invalid',
      'Specifying one of [--branch, --tag, --semver, --commit] is required',
    )
  }
  if (sshPrivateKey !== undefined) validatePrivateKey(sshPrivateKey)
  // On an update the new reference takes the old one's place: the others are cleared.
  const cleared = { branch: null, tag: null, semver: null, commit: null }
  const repositoryRef = isComplete ? given(refs) : { ...cleared, ...given(refs) }
  return {
    block: given({
      url,
      timeoutInSeconds: seconds(options.timeout, '--timeout'),
      syncIntervalInSeconds: seconds(options.syncInterval, '--interval'),
      repositoryRef: named === 0 ? undefined : repositoryRef,
      sshKnownHosts: knownHosts,
      httpsUser: options.httpsUser,
      httpsCACert,
      localAuthRef: options.localAuthRef,
      provider: providerWord(options.provider),
    }),
    protectedSettings: {
      ...(sshPrivateKey === undefined ? {} : { sshPrivateKey }),
      ...(options.httpsKey === undefined ? {} : { httpsKey: base64(options.httpsKey) }),
    },
  }
}

function providerWord(word: string | undefined): string | undefined {
  if (word === undefined) return undefined
  const known = { generic: 'Generic', azure: 'Azure', github: 'GitHub' }[word.toLowerCase()]
  return known ?? refuseUsage(`Error! Invalid --provider '${word}'.`, 'Allowed values: generic, azure, github')
}

function bucketBody(options: FluxSourceOptions, isComplete: boolean): SourceBody {
  const { bucketAccessKey, bucketSecretKey, localAuthRef } = options
  const hasKeys = bucketAccessKey !== undefined && bucketSecretKey !== undefined
  if (isComplete && !hasKeys && localAuthRef === undefined) {
    refuseUsage(
      "Error! Auth properties must be specified for kind 'bucket'",
      "Provide either both of '--bucket-secret-key' and '--bucket-access-key' or '--local-auth-ref'",
    )
  }
  return {
    block: given({
      url: options.url,
      bucketName: options.bucketName,
      timeoutInSeconds: seconds(options.timeout, '--timeout'),
      syncIntervalInSeconds: seconds(options.syncInterval, '--interval'),
      accessKey: bucketAccessKey,
      localAuthRef,
      insecure: options.bucketInsecure ?? (isComplete ? false : undefined),
    }),
    protectedSettings: bucketSecretKey === undefined ? {} : { bucketSecretKey: base64(bucketSecretKey) },
  }
}

function servicePrincipal(options: FluxSourceOptions, isComplete: boolean): Json | undefined {
  const clientId = options.servicePrincipalClientId
  const tenantId = options.servicePrincipalTenantId
  const clientSecret = options.servicePrincipalClientSecret
  const clientCertificate = options.servicePrincipalClientCertificate
  const clientCertificatePassword = options.servicePrincipalClientCertificatePassword
  const clientCertificateSendChain = options.servicePrincipalClientCertificateSendChain
  const fields = given({
    clientId,
    tenantId,
    clientSecret,
    clientCertificate,
    clientCertificatePassword,
    clientCertificateSendChain,
  })
  if (Object.keys(fields).length === 0) return undefined
  const isMissing = !clientId || !tenantId || (clientSecret === undefined && clientCertificate === undefined)
  if (isComplete && isMissing) refuseUsage('Error! Service principal is invalid because it is missing value(s)')
  if (clientSecret !== undefined && clientCertificate !== undefined) {
    refuseUsage('Error! Too many authentication methods provided for service principal')
  }
  if (clientCertificatePassword !== undefined && clientCertificate === undefined) {
    refuseUsage('Error! Service principal certificate password is invalid')
  }
  return fields
}

function blobBody(options: FluxSourceOptions, isComplete: boolean): SourceBody {
  const principal = servicePrincipal(options, isComplete)
  const { accountKey, sasToken, localAuthRef, managedIdentityClientId } = options
  const methods = [principal, accountKey, sasToken, localAuthRef, managedIdentityClientId].filter(
    one => one !== undefined,
  )
  if (methods.length > 1) refuseUsage('Error! Too many authentication methods provided for Azure Blob')
  return {
    block: given({
      url: options.url,
      containerName: options.containerName,
      timeoutInSeconds: seconds(options.timeout, '--timeout'),
      syncIntervalInSeconds: seconds(options.syncInterval, '--interval'),
      accountKey,
      sasToken,
      servicePrincipal: principal,
      managedIdentity: managedIdentityClientId === undefined ? undefined : { clientId: managedIdentityClientId },
      localAuthRef,
    }),
    protectedSettings: {},
  }
}

function parsedIdentity(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuseUsage(
      `Error! Invalid --match-oidc-identity '${text}'.`,
      'Give JSON such as {"issuer": "...", "subject": "..."}',
    )
  }
}

function pairs(values: string[] | undefined, flag: string): Json | undefined {
  if (values === undefined) return undefined
  return Object.fromEntries(
    values.map(pair => {
      const equals = pair.indexOf('=')
      return equals > 0
        ? [pair.slice(0, equals), pair.slice(equals + 1)]
        : refuseUsage(`usage error: ${flag} KEY=VALUE [KEY=VALUE ...]`)
    }),
  )
}

function ociBody(options: FluxSourceOptions, isComplete: boolean): SourceBody {
  const refs = given({ tag: options.tag, semver: options.semver, digest: options.digest })
  if (Object.keys(refs).length > 1) {
    refuseUsage('Error! Repository reference is invalid', 'Specifying more than one repository ref argument is invalid')
  }
  const layerSelector = given({
    mediaType: options.ociLayerSelectorMediaType,
    operation: options.ociLayerSelectorOperation,
  })
  const tlsConfig = given({
    caCertificate: options.tlsCaCertificate,
    clientCertificate: options.tlsClientCertificate,
    privateKey: options.tlsPrivateKey,
  })
  const verify = given({
    provider: options.verificationProvider,
    verificationConfig: pairs(options.verificationConfig, '--verification-config'),
    matchOidcIdentity: options.matchOidcIdentity?.map(parsedIdentity),
  })
  const orNothing = (fields: Json) => (Object.keys(fields).length === 0 ? undefined : fields)
  const cleared = isComplete ? {} : { tag: null, semver: null, digest: null }
  return {
    block: given({
      url: options.url,
      timeoutInSeconds: seconds(options.timeout, '--timeout'),
      syncIntervalInSeconds: seconds(options.syncInterval, '--interval'),
      repositoryRef: Object.keys(refs).length === 0 ? undefined : { ...cleared, ...refs },
      layerSelector: orNothing(layerSelector),
      tlsConfig: orNothing(tlsConfig),
      verify: orNothing(verify),
      insecure: options.ociInsecure,
      useWorkloadIdentity: options.useWorkloadIdentity,
      serviceAccountName: options.serviceAccountName,
      localAuthRef: options.localAuthRef,
    }),
    protectedSettings: {},
  }
}

const BODIES = { git: gitBody, bucket: bucketBody, azblob: blobBody, oci: ociBody }

/** `isComplete`: the source is described anew (create, or another kind), so what is required must be there. */
export function sourceBody(kind: SourceKindWord, options: FluxSourceOptions, isComplete: boolean): SourceBody {
  refuseForeign(kind, options)
  const { timeout, syncInterval, url } = options
  if (timeout !== undefined) durationSeconds(timeout, '--timeout')
  if (syncInterval !== undefined) durationSeconds(syncInterval, '--interval')
  if (isComplete) requireArguments(kind, options)
  if (url !== undefined) validateUrl(url, kind)
  return BODIES[kind](options, isComplete)
}
