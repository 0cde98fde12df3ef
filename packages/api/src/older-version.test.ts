/** Older versions are served as Flux last served them, and never stored. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crd } from './crd.ts'
import { type KindDefinition, kinds } from './index.ts'
import { flatFields } from './schema/flat-fields.ts'

const kindNamed = (name: string): KindDefinition => {
  const found = kinds.find(kind => kind.kind === name)
  assert.ok(found)
  return found
}

function fieldsOf(name: string, version: string) {
  const found = kindNamed(name).versions.find(one => one.name === version)
  assert.ok(found, `${name} has no ${version}`)
  return new Map(flatFields(found.spec().node).map(field => [field.path, field]))
}

describe('versions that Flux served until 2.6', () => {
  const served: Record<string, string[]> = {
    HelmRelease: ['v2', 'v2beta2', 'v2beta1'],
    HelmRepository: ['v1', 'v1beta2', 'v1beta1'],
    HelmChart: ['v1', 'v1beta2', 'v1beta1'],
    GitRepository: ['v1', 'v1beta2', 'v1beta1'],
    Bucket: ['v1', 'v1beta2', 'v1beta1'],
    OCIRepository: ['v1', 'v1beta2'],
    Kustomization: ['v1', 'v1beta2', 'v1beta1'],
  }
  for (const [name, versions] of Object.entries(served)) {
    test(name, () => {
      const definition = crd(kindNamed(name))
      assert.deepEqual(
        definition.spec.versions.map(version => version.name),
        versions,
      )
      const [newest, ...older] = definition.spec.versions
      for (const version of older) {
        assert.equal(version.deprecationWarning, `${version.name} ${name} is deprecated, upgrade to ${newest?.name}`)
        assert.deepEqual([version.served, version.storage, version.deprecated], [true, false, true])
        const statusOf = (one: typeof version | undefined) => one?.schema.openAPIV3Schema.properties?.status
        assert.deepEqual(statusOf(version), statusOf(newest), 'a status is the same in all versions')
      }
    })
  }
})

test('fields that are gone are accepted where they were, and nowhere else', () => {
  const gone = ['chart.spec.valuesFile', 'postRenderers[].kustomize.patchesStrategicMerge']
  for (const path of gone) {
    assert.ok(fieldsOf('HelmRelease', 'v2beta1').has(path))
    assert.ok(fieldsOf('HelmRelease', 'v2beta2').has(path))
    assert.ok(!fieldsOf('HelmRelease', 'v2').has(path))
  }
  assert.ok(fieldsOf('Kustomization', 'v1beta2').has('validation'))
  assert.ok(!fieldsOf('Kustomization', 'v1').has('validation'))
})

test('fields that came later are not in older versions; what was demanded then still is', () => {
  const beta1 = fieldsOf('HelmRelease', 'v2beta1')
  assert.ok(!beta1.has('waitStrategy') && !beta1.has('test.filters') && !beta1.has('install.strategy'))
  assert.ok(fieldsOf('HelmRelease', 'v2beta2').has('test.filters'))
  assert.ok(beta1.has('chartRef'))
  assert.equal(beta1.get('chart')?.required, true)
  assert.equal(fieldsOf('HelmRelease', 'v2').get('chart')?.required, false)
  assert.deepEqual(beta1.get('chart.spec.verify.provider')?.node.enum, ['cosign'])
})

test('making an older schema leaves the newest one alone', () => {
  for (const kind of kinds) {
    const before = JSON.stringify(kind.versions[0].spec().node)
    for (const version of kind.versions) version.spec()
    assert.equal(JSON.stringify(kind.versions[0].spec().node), before)
  }
})
