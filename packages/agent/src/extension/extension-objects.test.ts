import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extensionDefinitions, extensionLabel, extensionObjects } from './extension-objects.ts'
import { fluxSettings } from './extension-settings.ts'

const place = { name: 'flux', version: '1.2.3', image: 'registry.test/sluice:1.2.3' }
const objects = extensionObjects(place, fluxSettings({}).settings)

test('every object says which extension it came with and belongs to Flux', () => {
  for (const { kind, metadata } of [...extensionDefinitions(place), ...objects]) {
    assert.equal(metadata.labels?.[extensionLabel], 'flux', kind)
    assert.equal(metadata.labels?.['app.kubernetes.io/part-of'], 'flux', kind)
  }
})

test('definitions of Flux and of FluxConfig are among them', () => {
  const names = extensionDefinitions(place).map(definition => definition.metadata.name)
  for (const name of [
    'gitrepositories.source.toolkit.fluxcd.io',
    'kustomizations.kustomize.toolkit.fluxcd.io',
    'fluxconfigs.clusterconfig.azure.com',
  ]) {
    assert.ok(names.includes(name), name)
  }
})

test('namespaced objects are in flux-system; the Deployment runs the image as its account', () => {
  const deployment = objects.find(object => object.kind === 'Deployment')
  assert.ok(deployment)
  assert.equal(deployment.metadata.namespace, 'flux-system')
  const { template } = deployment.spec as {
    template: {
      spec: { serviceAccountName: string; containers: { image: string; volumeMounts: object[] }[]; volumes: object[] }
    }
  }
  const account = objects.find(object => object.kind === 'ServiceAccount')
  assert.equal(template.spec.serviceAccountName, account?.metadata.name)
  assert.equal(template.spec.containers[0]?.image, place.image)
  assert.deepEqual(template.spec.volumes, [{ name: 'data', emptyDir: {} }])
})

test('users with the stock roles may see and edit Flux objects, and nobody may write FluxConfigs by them', () => {
  const aggregated = objects.filter(object =>
    Object.keys(object.metadata.labels ?? {}).some(label => label.includes('aggregate-to')),
  )
  assert.equal(aggregated.length, 2)
  for (const role of aggregated) {
    for (const rule of role.rules as { apiGroups: string[]; verbs: string[] }[]) {
      if (!rule.apiGroups.includes('clusterconfig.azure.com')) continue
      assert.deepEqual(rule.verbs, ['get', 'list', 'watch'])
    }
  }
})
