import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  exampleConfigurations,
  kustomizationNames,
  ownConfigurations,
  splitCredentials,
} from './desired-configurations.ts'

test('the example deploys the platform everywhere and the team on the first cluster', () => {
  const made = exampleConfigurations(['one', 'two'], 'http://git/fleet.git')
  assert.deepEqual(
    made.map(({ cluster, name, properties }) => [
      cluster,
      name,
      properties.scope,
      Object.keys(properties.kustomizations),
    ]),
    [
      ['one', 'cluster-config', 'cluster', ['infra', 'apps']],
      ['two', 'cluster-config', 'cluster', ['infra', 'apps']],
      ['one', 'team-a', 'namespace', ['app']],
    ],
  )
  assert.deepEqual(made[0]?.properties.kustomizations.apps?.dependsOn, ['infra'])
  assert.notEqual(
    made[0]?.properties.kustomizations.apps?.path,
    made[1]?.properties.kustomizations.apps?.path,
    'the clusters differ in their overlay',
  )
})

test('a repository of the user gives a kustomization for each path, and keeps its password out of the URL', () => {
  const [made] = ownConfigurations(['one'], {
    url: 'https://bot:s%20cret@git.example.com/site.git',
    ref: { tag: 'v1' },
    paths: ['./infra', './apps/prod'],
  })
  assert.deepEqual(Object.keys(made?.properties.kustomizations ?? {}), ['infra', 'apps-prod'])
  assert.equal(made?.properties.gitRepository.url, 'https://git.example.com/site.git')
  assert.equal(made?.properties.gitRepository.httpsUser, 'bot')
  assert.deepEqual(made?.properties.configurationProtectedSettings, {
    httpsKey: Buffer.from('s cret').toString('base64'),
  })
  assert.deepEqual(made?.properties.gitRepository.repositoryRef, { tag: 'v1' })
})

test('a URL without credentials stays as it is', () => {
  assert.deepEqual(splitCredentials('git@example.com:a/b.git'), { url: 'git@example.com:a/b.git' })
  assert.deepEqual(splitCredentials('https://git.example.com/a'), { url: 'https://git.example.com/a' })
})

test('names of kustomizations are valid, short and different', () => {
  assert.deepEqual(kustomizationNames(['./', './a/B_c', 'a/b-c/', './']), ['root', 'a-b-c', 'a-b-c-2', 'root-2'])
  const [long = ''] = kustomizationNames([`./${'very-long-'.repeat(12)}end`])
  assert.ok(long.length <= 40 && /^[a-z0-9]/.test(long))
})
