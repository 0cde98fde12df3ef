/** FluxConfig is what Azure's agents and users of `kubectl get fluxconfigs` expect. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crd, objectSchema } from '../crd.ts'
import { violations } from '../schema/violations.ts'
import { fluxConfig } from './flux-config.ts'

const [version] = fluxConfig.versions
const specSchema = objectSchema(fluxConfig, version).properties?.spec ?? {}
const check = (spec: object) => violations(specSchema, spec).map(({ path, message }) => `${path} ${message}`)

describe('FluxConfig', () => {
  test('has the names and columns of Azure', () => {
    const { metadata, spec } = crd(fluxConfig)
    assert.equal(metadata.name, 'fluxconfigs.clusterconfig.azure.com')
    assert.deepEqual(spec.names.shortNames, ['fc'])
    assert.deepEqual(
      spec.versions[0]?.additionalPrinterColumns.map(column => column.name.toUpperCase()),
      ['SCOPE', 'URL', 'PROVISION', 'AGE'],
    )
  })

  test('takes the spec that an Azure cluster shows', () => {
    assert.deepEqual(
      check({
        correlationId: '11111111-2222-3333-4444-555555555555',
        operationId: '66666666-7777-8888-9999-000000000000',
        scope: 'cluster',
        sourceKind: 'GitRepository',
        softDelete: false,
        gitRepository: {
          ref: { branch: 'main' },
          syncInterval: '1m0s',
          timeout: '10m0s',
          url: 'https://github.com/Azure/gitops-flux2-kustomize-helm-mt',
        },
        kustomizations: [
          {
            name: 'infra',
            path: './infrastructure',
            prune: true,
            force: false,
            syncInterval: '10m0s',
            retryInterval: '10m0s',
            timeout: '10m0s',
            validation: 'none',
          },
        ],
        protectedParametersSecretRef: { name: 'baseline-protected-parameters' },
      }),
      [],
    )
  })

  test('two kustomizations cannot have one name', () => {
    const kustomizations = [{ name: 'apps' }, { name: 'apps', path: './more' }]
    assert.deepEqual(check({ kustomizations }), ['kustomizations[1] has the same name as an item before'])
  })

  test('secrets have no field', () => {
    const gitRepository = { url: 'https://example.com/r.git', httpsKey: 'c2VjcmV0' }
    assert.match(check({ gitRepository }).join(), /^gitRepository\.httpsKey is not a field; there are url, ref, /)
  })
})
