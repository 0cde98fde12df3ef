import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FluxConfig, fluxConfig as fluxConfigKind } from '@sluice/api'
import { fluxConfigSpec } from './flux-config-spec.ts'

const context = { name: 'shop', correlationId: 'c', operationId: 'o', hasProtectedSettings: false }
const defaults = { scope: 'cluster', sourceKind: 'GitRepository', suspend: false, correlationId: 'c', operationId: 'o' }
const times = { syncInterval: '10m0s', timeout: '10m0s' }

describe('ARM properties become the spec of a FluxConfig', () => {
  const cases: [string, Record<string, unknown>, Partial<FluxConfig['spec']>][] = [
    [
      "git: seconds become durations, nulls are absent, the map of kustomizations is a list in the names' order",
      {
        gitRepository: {
          url: 'https://git.test/shop',
          repositoryRef: { branch: 'main', tag: null, semver: null, commit: null },
          syncIntervalInSeconds: 90,
          timeoutInSeconds: 3600,
          httpsUser: 'ann',
          sshKnownHosts: null,
        },
        kustomizations: {
          infra: { path: './infra', syncIntervalInSeconds: 60, retryIntervalInSeconds: null, prune: true },
          apps: { name: 'apps', path: './apps', dependsOn: ['infra'], timeoutInSeconds: 45, wait: false, force: true },
        },
      },
      {
        gitRepository: {
          url: 'https://git.test/shop',
          ref: { branch: 'main' },
          syncInterval: '1m30s',
          timeout: '1h0m0s',
          httpsUser: 'ann',
        },
        kustomizations: [
          {
            name: 'apps',
            path: './apps',
            dependsOn: ['infra'],
            syncInterval: '10m0s',
            timeout: '45s',
            prune: false,
            force: true,
            wait: false,
          },
          {
            name: 'infra',
            path: './infra',
            syncInterval: '1m0s',
            timeout: '10m0s',
            prune: true,
            force: false,
            wait: true,
          },
        ],
      },
    ],
    [
      'post-build variables',
      {
        gitRepository: { url: 'https://git.test/shop' },
        kustomizations: {
          apps: {
            path: '',
            postBuild: {
              substitute: { region: 'eu', empty: null },
              substituteFrom: [{ kind: 'Secret', name: 'vars' }],
            },
          },
        },
      },
      {
        gitRepository: { url: 'https://git.test/shop', ...times },
        kustomizations: [
          {
            name: 'apps',
            path: '',
            ...times,
            prune: false,
            force: false,
            wait: true,
            postBuild: {
              substitute: { region: 'eu' },
              substituteFrom: [{ kind: 'Secret', name: 'vars', optional: false }],
            },
          },
        ],
      },
    ],
    [
      'bucket',
      {
        sourceKind: 'Bucket',
        scope: 'namespace',
        bucket: { url: 'https://s3.test', bucketName: 'b', insecure: false, accessKey: 'k' },
        gitRepository: null,
      },
      {
        scope: 'namespace',
        sourceKind: 'Bucket',
        bucket: { url: 'https://s3.test', bucketName: 'b', insecure: false, accessKey: 'k', ...times },
        kustomizations: [],
      },
    ],
    [
      'azure blob: secrets of the block are not in it',
      {
        sourceKind: 'AzureBlob',
        azureBlob: { url: 'https://a.test', containerName: 'c', accountKey: 'x', managedIdentity: { clientId: 'id' } },
      },
      {
        sourceKind: 'AzureBlob',
        azureBlob: { url: 'https://a.test', containerName: 'c', managedIdentity: { clientId: 'id' }, ...times },
        kustomizations: [],
      },
    ],
    [
      'oci: of several references the strongest',
      {
        sourceKind: 'OCIRepository',
        ociRepository: { url: 'oci://r.test/x', repositoryRef: { tag: 'v1', semver: '1.x' }, insecure: false },
      },
      {
        sourceKind: 'OCIRepository',
        ociRepository: { url: 'oci://r.test/x', ref: { semver: '1.x' }, insecure: false, ...times },
        kustomizations: [],
      },
    ],
  ]
  for (const [name, properties, expected] of cases) {
    test(name, () => assert.deepEqual(fluxConfigSpec(properties, context), { ...defaults, ...expected }))
  }

  const references: [Record<string, unknown>, Record<string, string>][] = [
    [
      { branch: 'b', tag: 't', semver: '1.x', commit: 'abc' },
      { commit: 'abc', branch: 'b' },
    ],
    [{ branch: 'b', tag: 't', semver: '1.x' }, { semver: '1.x' }],
    [{ branch: 'b', tag: 't' }, { tag: 't' }],
  ]
  for (const [repositoryRef, ref] of references) {
    test(`reference ${JSON.stringify(repositoryRef)}`, () => {
      const spec = fluxConfigSpec({ gitRepository: { url: 'https://x/y', repositoryRef } }, context)
      assert.deepEqual(spec.gitRepository?.ref, ref)
    })
  }

  test('protected settings are a reference to their Secret', () => {
    const spec = fluxConfigSpec({}, { ...context, hasProtectedSettings: true })
    assert.deepEqual(spec.protectedParametersSecretRef, { name: 'shop-protected-parameters' })
  })

  test('every field it writes is one that the definition knows', () => {
    const known = fluxConfigKind.versions[0].spec().node.properties ?? {}
    const spec = fluxConfigSpec({ gitRepository: { url: 'https://x/y' } }, { ...context, hasProtectedSettings: true })
    for (const field of Object.keys(spec)) assert.ok(field in known, field)
  })
})
