/**
 * The properties of `Microsoft.KubernetesConfiguration/fluxConfigurations`: names, types, defaults and the
 * api-version each appeared in.
 */
import type { Field, StringField } from '../arm/field.ts'
import { base64Problem, configurationNameProblem, isoDurationProblem, namespaceProblem } from './name-rules.ts'

const text: StringField = { type: 'string', nullable: true }
const base64: StringField = { type: 'string', nullable: true, check: base64Problem }
const secret: StringField = { type: 'string', nullable: true, secret: true }
const base64Secret: StringField = { type: 'string', nullable: true, secret: true, check: base64Problem }
const seconds: Field = { type: 'integer', min: 1, default: 600, nullable: true }
const textMap: Field = { type: 'map', of: { type: 'string' }, nullable: true }
const PREVIEW = '2026-07-01-preview'

const objectLevelIdentity: Field = {
  type: 'object',
  nullable: true,
  since: PREVIEW,
  fields: { clientId: { type: 'string', required: true }, tenantId: text, serviceAccountName: text },
}
const additionalConfigurations: Field = { type: 'map', of: { type: 'any' }, nullable: true, since: PREVIEW }

const gitRepository: Field = {
  type: 'object',
  nullable: true,
  fields: {
    url: { type: 'string', required: true },
    timeoutInSeconds: seconds,
    syncIntervalInSeconds: seconds,
    repositoryRef: {
      type: 'object',
      nullable: true,
      fields: { branch: text, tag: text, semver: text, commit: text },
    },
    sshKnownHosts: base64,
    httpsUser: text,
    httpsCACert: base64,
    localAuthRef: text,
    provider: { type: 'enum', values: ['Azure', 'GitHub', 'Generic'], nullable: true, since: '2024-11-01' },
    objectLevelIdentity,
    sparseCheckout: { type: 'array', of: { type: 'string' }, nullable: true, since: PREVIEW },
    additionalConfigurations,
  },
}

const bucket: Field = {
  type: 'object',
  nullable: true,
  fields: {
    url: { type: 'string', required: true },
    bucketName: { type: 'string', required: true },
    insecure: { type: 'boolean', default: true },
    timeoutInSeconds: seconds,
    syncIntervalInSeconds: seconds,
    accessKey: text,
    localAuthRef: text,
    objectLevelIdentity,
    additionalConfigurations,
  },
}

const azureBlob: Field = {
  type: 'object',
  nullable: true,
  since: '2022-11-01',
  fields: {
    url: { type: 'string', required: true },
    containerName: { type: 'string', required: true },
    timeoutInSeconds: seconds,
    syncIntervalInSeconds: seconds,
    servicePrincipal: {
      type: 'object',
      nullable: true,
      fields: {
        clientId: text,
        tenantId: text,
        clientSecret: secret,
        clientCertificate: base64Secret,
        clientCertificatePassword: secret,
        clientCertificateSendChain: { type: 'boolean', default: false },
      },
    },
    accountKey: secret,
    sasToken: secret,
    managedIdentity: { type: 'object', nullable: true, fields: { clientId: text } },
    localAuthRef: text,
    objectLevelIdentity,
    additionalConfigurations,
  },
}

const ociRepository: Field = {
  type: 'object',
  nullable: true,
  since: '2025-04-01',
  fields: {
    url: { type: 'string', required: true },
    timeoutInSeconds: seconds,
    syncIntervalInSeconds: seconds,
    repositoryRef: { type: 'object', nullable: true, fields: { tag: text, semver: text, digest: text } },
    layerSelector: {
      type: 'object',
      nullable: true,
      fields: { mediaType: text, operation: { type: 'enum', values: ['extract', 'copy'], default: 'extract' } },
    },
    verify: {
      type: 'object',
      nullable: true,
      fields: {
        provider: { type: 'string', nullable: true },
        verificationConfig: textMap,
        matchOidcIdentity: {
          type: 'array',
          nullable: true,
          of: { type: 'object', fields: { issuer: text, subject: text } },
        },
      },
    },
    insecure: { type: 'boolean', default: false },
    useWorkloadIdentity: { type: 'boolean', default: false },
    serviceAccountName: text,
    tlsConfig: {
      type: 'object',
      nullable: true,
      fields: { clientCertificate: base64Secret, privateKey: base64Secret, caCertificate: base64Secret },
    },
    localAuthRef: text,
    objectLevelIdentity,
    additionalConfigurations,
  },
}

const kustomization: Field = {
  type: 'object',
  fields: {
    name: { type: 'string', readOnly: true },
    path: { type: 'string', default: '' },
    dependsOn: { type: 'array', of: { type: 'string' }, nullable: true },
    timeoutInSeconds: seconds,
    syncIntervalInSeconds: seconds,
    retryIntervalInSeconds: { type: 'integer', min: 1, nullable: true },
    prune: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    wait: { type: 'boolean', default: true, since: '2023-05-01' },
    postBuild: {
      type: 'object',
      nullable: true,
      since: '2023-05-01',
      fields: {
        substitute: textMap,
        substituteFrom: {
          type: 'array',
          nullable: true,
          of: {
            type: 'object',
            fields: {
              kind: { type: 'enum', values: ['ConfigMap', 'Secret'], required: true },
              name: { type: 'string', required: true },
              optional: { type: 'boolean', default: false },
            },
          },
        },
      },
    },
    kubeConfig: {
      type: 'object',
      nullable: true,
      since: PREVIEW,
      fields: {
        clusterResourceId: { type: 'string', required: true },
        objectLevelIdentity: { ...objectLevelIdentity, nullable: false, required: true },
      },
    },
    additionalConfigurations,
  },
}

const readOnly = (field: Field): Field => ({ ...field, readOnly: true })

/** In the order in which they are shown. */
export const FLUX_CONFIGURATION_FIELDS: Record<string, Field> = {
  scope: { type: 'enum', values: ['cluster', 'namespace'], default: 'cluster' },
  namespace: { type: 'string', default: 'default', check: namespaceProblem },
  sourceKind: {
    type: 'enum',
    values: [
      'GitRepository',
      'Bucket',
      { value: 'AzureBlob', since: '2022-11-01' },
      { value: 'OCIRepository', since: '2025-04-01' },
    ],
    default: 'GitRepository',
  },
  suspend: { type: 'boolean', default: false },
  gitRepository,
  bucket,
  azureBlob,
  ociRepository,
  kustomizations: { type: 'map', of: kustomization, nullable: true, checkKey: configurationNameProblem },
  configurationProtectedSettings: { type: 'map', of: { type: 'string' }, nullable: true, secret: true },
  waitForReconciliation: { type: 'boolean', nullable: true, since: '2023-05-01' },
  reconciliationWaitDuration: { type: 'string', nullable: true, since: '2023-05-01', check: isoDurationProblem },
  statuses: readOnly({ type: 'any' }),
  repositoryPublicKey: readOnly(text),
  sourceSyncedCommitId: readOnly(text),
  sourceUpdatedAt: readOnly(text),
  statusUpdatedAt: readOnly(text),
  complianceState: readOnly(text),
  provisioningState: readOnly(text),
  errorMessage: readOnly(text),
}

export const SOURCE_BLOCKS: Record<string, string> = {
  GitRepository: 'gitRepository',
  Bucket: 'bucket',
  AzureBlob: 'azureBlob',
  OCIRepository: 'ociRepository',
}
