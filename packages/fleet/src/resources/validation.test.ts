/** Wrong bodies, one rule each: what is said, about which property. Pure: no service. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ArmError } from '../arm/arm-error.ts'
import { mergePatch } from '../arm/merge-patch.ts'
import { extensionKind } from './extension.ts'
import { fluxConfigurationKind } from './flux-configuration.ts'
import { dependencyCycle } from './flux-configuration-rules.ts'

const GIT = { url: 'https://git.example.com/site.git', repositoryRef: { branch: 'main' } }
const APPS = { apps: { path: './apps' } }
const GOOD = { gitRepository: GIT, kustomizations: APPS }

function refusal(accept: () => unknown): ArmError {
  try {
    accept()
  } catch (error) {
    if (error instanceof ArmError) return error
    throw error
  }
  throw new Error('accepted')
}

const putFlux = (properties: unknown, version = '2025-04-01', name = 'site') =>
  fluxConfigurationKind.acceptPut(name, { properties }, version, undefined, 'Creating')

const cases: [what: string, properties: unknown, target: string, message: RegExp][] = [
  [
    'an unknown property',
    { ...GOOD, sourcekind: 'GitRepository' },
    'properties.sourcekind',
    /Did you mean 'sourceKind'/,
  ],
  [
    'an unknown nested property',
    { ...GOOD, gitRepository: { ...GIT, ulr: 'x' } },
    'properties.gitRepository.ulr',
    /not known/,
  ],
  ['a wrong enum', { ...GOOD, scope: 'Cluster' }, 'properties.scope', /not one of: cluster, namespace/],
  ['a wrong type', { ...GOOD, suspend: 'yes' }, 'properties.suspend', /must be a boolean/],
  ['a bad namespace', { ...GOOD, namespace: 'Site_1' }, 'properties.namespace', /lowercase alphanumeric/],
  ['a namespace that is too long', { ...GOOD, namespace: 'n'.repeat(64) }, 'properties.namespace', /maximum of 63/],
  ['no source', { kustomizations: APPS }, 'properties.gitRepository', /Invalid source kind match/],
  ['the source of another kind', { sourceKind: 'Bucket', ...GOOD }, 'properties.bucket', /Invalid source kind match/],
  [
    'two sources',
    { ...GOOD, bucket: { url: 'https://b', bucketName: 'b' } },
    'properties.bucket',
    /belongs to source kind 'Bucket'/,
  ],
  [
    'no url',
    { ...GOOD, gitRepository: { repositoryRef: { branch: 'm' } } },
    'properties.gitRepository.url',
    /is required/,
  ],
  [
    'a url of a wrong scheme',
    { ...GOOD, gitRepository: { ...GIT, url: 'ftp://x/y' } },
    'properties.gitRepository.url',
    /must begin with one of/,
  ],
  [
    'a password in the url',
    { ...GOOD, gitRepository: { ...GIT, url: 'https://u:p@x/y' } },
    'properties.gitRepository.url',
    /must not hold a password/,
  ],
  [
    'no reference',
    { ...GOOD, gitRepository: { url: GIT.url } },
    'properties.gitRepository.repositoryRef',
    /exactly one of branch, tag, semver, commit/,
  ],
  [
    'two references',
    { ...GOOD, gitRepository: { ...GIT, repositoryRef: { branch: 'a', tag: 'b' } } },
    'properties.gitRepository.repositoryRef',
    /but has branch, tag/,
  ],
  [
    'known hosts for https',
    { ...GOOD, gitRepository: { ...GIT, sshKnownHosts: 'YQ==' } },
    'properties.gitRepository.sshKnownHosts',
    /http\(s\) url/,
  ],
  [
    'a certificate that is no base64',
    { ...GOOD, gitRepository: { ...GIT, httpsCACert: '---' } },
    'properties.gitRepository.httpsCACert',
    /base64/,
  ],
  [
    'an interval of zero',
    { ...GOOD, gitRepository: { ...GIT, syncIntervalInSeconds: 0 } },
    'properties.gitRepository.syncIntervalInSeconds',
    /at least 1/,
  ],
  [
    'an interval of a fraction',
    { ...GOOD, gitRepository: { ...GIT, syncIntervalInSeconds: 1.5 } },
    'properties.gitRepository.syncIntervalInSeconds',
    /whole number/,
  ],
  [
    'a wait that is no duration',
    { ...GOOD, reconciliationWaitDuration: '5m' },
    'properties.reconciliationWaitDuration',
    /ISO 8601/,
  ],
  ['no kustomizations', { gitRepository: GIT }, 'properties.kustomizations', /at least one kustomization/],
  [
    'empty kustomizations',
    { gitRepository: GIT, kustomizations: {} },
    'properties.kustomizations',
    /at least one kustomization/,
  ],
  [
    'a bad kustomization name',
    { ...GOOD, kustomizations: { Apps_1: {} } },
    'properties.kustomizations.Apps_1',
    /lowercase alphanumeric/,
  ],
  [
    'names that are too long together',
    { ...GOOD, kustomizations: { ['k'.repeat(59)]: {} } },
    `properties.kustomizations.${'k'.repeat(59)}`,
    /cannot be greater than 62/,
  ],
  [
    'an unknown dependency',
    { ...GOOD, kustomizations: { a: { dependsOn: ['b'] } } },
    'properties.kustomizations.a.dependsOn[0]',
    /the kustomizations are: a/,
  ],
  [
    'a circle',
    { ...GOOD, kustomizations: { a: { dependsOn: ['b'] }, b: { dependsOn: ['a'] } } },
    'properties.kustomizations.a.dependsOn',
    /a -> b -> a/,
  ],
  [
    'a dependency on itself',
    { ...GOOD, kustomizations: { a: { dependsOn: ['a'] } } },
    'properties.kustomizations.a.dependsOn',
    /a -> a/,
  ],
  [
    'a path that leaves the source',
    { ...GOOD, kustomizations: { a: { path: '../x' } } },
    'properties.kustomizations.a.path',
    /must not leave/,
  ],
  [
    'a substitution of a wrong kind',
    { ...GOOD, kustomizations: { a: { postBuild: { substituteFrom: [{ kind: 'Pod', name: 'x' }] } } } },
    'properties.kustomizations.a.postBuild.substituteFrom[0].kind',
    /ConfigMap, Secret/,
  ],
  [
    'an ssh key for https',
    { ...GOOD, configurationProtectedSettings: { sshPrivateKey: 'YQ==' } },
    'properties.configurationProtectedSettings.sshPrivateKey',
    /http\(s\) url/,
  ],
  [
    'a key without user',
    { ...GOOD, configurationProtectedSettings: { httpsKey: 'YQ==' } },
    'properties.configurationProtectedSettings.httpsKey',
    /httpsUser/,
  ],
  [
    'a key that is no base64',
    { ...GOOD, gitRepository: { ...GIT, httpsUser: 'u' }, configurationProtectedSettings: { httpsKey: 'p!w' } },
    'properties.configurationProtectedSettings.httpsKey',
    /base64/,
  ],
  [
    'too many ways to a blob',
    {
      sourceKind: 'AzureBlob',
      azureBlob: { url: 'https://b', containerName: 'c', accountKey: 'a', sasToken: 's' },
      kustomizations: APPS,
    },
    'properties.azureBlob',
    /too many authentication methods/,
  ],
  [
    "a provisioningState of one's own",
    { ...GOOD, provisioningState: 'Succeeded' },
    'properties.provisioningState',
    /read-only/,
  ],
]

describe('a flux configuration is refused for', () => {
  for (const [what, properties, target, message] of cases) {
    test(what, () => {
      const { status, detail } = refusal(() => putFlux(properties))
      assert.equal(status, 400)
      assert.equal(detail.code, 'ValidationFailed')
      const found = detail.details?.find(one => one.target === target)
      assert.ok(found, `no detail about ${target} in ${JSON.stringify(detail.details)}`)
      assert.match(found.message, message)
      assert.equal(detail.target, detail.details?.[0]?.target)
    })
  }

  for (const name of ['Site', '-site', 'site.', 's'.repeat(64), 'a_b']) {
    test(`the name ${name}`, () => {
      const { status, detail } = refusal(() => putFlux(GOOD, '2025-04-01', name))
      assert.equal(status, 400)
      assert.equal(detail.target, 'name')
    })
  }

  test('a body that is none', () => {
    for (const body of [undefined, null, [], 'text', 5]) {
      const { detail } = refusal(() =>
        fluxConfigurationKind.acceptPut('site', body, '2025-04-01', undefined, 'Creating'),
      )
      assert.equal(detail.code, 'InvalidRequestContent')
    }
  })

  test('several problems at once, all told', () => {
    const { detail } = refusal(() => putFlux({ scope: 'x', suspend: 1, gitRepository: { url: 5 }, extra: true }))
    assert.deepEqual(
      detail.details?.map(one => one.target),
      ['properties.extra', 'properties.scope', 'properties.suspend', 'properties.gitRepository.url'],
    )
    assert.match(detail.message, /and 3 more/)
  })

  test('no secret shows in any message', () => {
    const secret = 'very secret!'
    const { detail } = refusal(() =>
      putFlux({
        sourceKind: 'OCIRepository',
        ociRepository: { url: 'oci://x', tlsConfig: { privateKey: secret } },
        gitRepository: { url: 'x' },
        kustomizations: APPS,
        configurationProtectedSettings: { httpsKey: secret },
      }),
    )
    assert.ok(!JSON.stringify(detail).includes(secret))
  })
})

describe('a flux configuration is accepted', () => {
  test('with defaults filled in', () => {
    const { properties } = putFlux(GOOD)
    assert.equal(properties.scope, 'cluster')
    assert.equal(properties.namespace, 'default')
    assert.equal(properties.sourceKind, 'GitRepository')
    assert.deepEqual(properties.kustomizations, {
      apps: {
        path: './apps',
        timeoutInSeconds: 600,
        syncIntervalInSeconds: 600,
        prune: false,
        force: false,
        wait: true,
      },
    })
  })

  test('without what its api-version does not know', () => {
    const body = { gitRepository: { ...GIT, provider: 'Azure' }, kustomizations: { apps: { wait: false } } }
    const { properties } = putFlux(body, '2022-03-01')
    assert.equal(JSON.stringify(properties).includes('provider'), false)
    assert.equal(JSON.stringify(properties).includes('"wait"'), false)
  })

  test('with its secrets kept apart', () => {
    const accepted = putFlux({
      sourceKind: 'AzureBlob',
      azureBlob: { url: 'https://b', containerName: 'c', accountKey: 'key!' },
      kustomizations: APPS,
    })
    assert.deepEqual(accepted.secrets, { 'azureBlob.accountKey': 'key!' })
    assert.equal(JSON.stringify(accepted.properties).includes('key!'), false)
  })

  test('commit together with branch, and empty blocks of other kinds', () => {
    putFlux({
      ...GOOD,
      gitRepository: { ...GIT, repositoryRef: { branch: 'main', commit: 'abc' } },
      bucket: null,
      azureBlob: {},
    })
  })
})

describe('a patch of a flux configuration', () => {
  const stored = putFlux({
    gitRepository: { ...GIT, syncIntervalInSeconds: 60 },
    kustomizations: { k1: {}, k2: { dependsOn: ['k1'], retryIntervalInSeconds: 60, syncIntervalInSeconds: 120 } },
  })
  const patch = (properties: unknown) =>
    fluxConfigurationKind.acceptPatch('site', { properties }, '2025-04-01', stored, 'Succeeded')

  test('removes, merges and adds kustomizations', () => {
    const { properties, secrets } = patch({
      kustomizations: {
        k1: null,
        k2: { path: './two', dependsOn: null, syncIntervalInSeconds: 300 },
        k3: { prune: true },
      },
    })
    assert.equal(secrets, undefined)
    const { k2, k3, ...rest } = Object(properties.kustomizations)
    assert.deepEqual(rest, {})
    assert.deepEqual(k2, {
      path: './two',
      timeoutInSeconds: 600,
      syncIntervalInSeconds: 300,
      retryIntervalInSeconds: 60,
      prune: false,
      force: false,
      wait: true,
    })
    assert.equal(k3.prune, true)
  })

  test('null brings a default back', () => {
    const { properties } = patch({ gitRepository: { syncIntervalInSeconds: null } })
    assert.equal(Object(properties.gitRepository).syncIntervalInSeconds, 600)
  })

  test('moves to another kind of source', () => {
    const { properties } = patch({
      sourceKind: 'Bucket',
      bucket: { url: 'https://b', bucketName: 'b', localAuthRef: 'x' },
      gitRepository: {},
    })
    assert.equal(properties.gitRepository, undefined)
    assert.equal(refusal(() => patch({ sourceKind: 'Bucket' })).detail.target, 'properties.bucket')
  })

  test('leaves what is fixed alone', () => {
    patch({ scope: 'cluster', namespace: 'default' })
    for (const fixed of [{ scope: 'namespace' }, { namespace: 'other' }, { waitForReconciliation: true }]) {
      const { detail } = refusal(() => patch(fixed))
      assert.equal(detail.details?.[0]?.code, 'PropertyChangeNotAllowed')
    }
  })

  test('is refused when the whole would be wrong', () => {
    assert.match(refusal(() => patch({ kustomizations: { k1: null } })).message, /names 'k1'/)
    assert.match(refusal(() => patch({ kustomizations: { k1: null, k2: null } })).message, /at least one/)
    assert.match(refusal(() => patch({ surprise: 1 })).message, /not known/)
  })

  test('replaces protected settings only when it has some', () => {
    assert.deepEqual(patch({ suspend: true }).secrets, undefined)
    assert.deepEqual(patch({ configurationProtectedSettings: null }).secrets, {})
    const changed = patch({ gitRepository: { httpsUser: 'u' }, configurationProtectedSettings: { httpsKey: 'YQ==' } })
    assert.deepEqual(changed.secrets, { httpsKey: 'YQ==' })
  })
})

describe('an extension', () => {
  const put = (properties: unknown) =>
    extensionKind.acceptPut('flux', { properties }, '2025-03-01', undefined, 'Creating')
  test('is refused for each of', () => {
    const wrong: [unknown, string][] = [
      [{}, 'properties.extensionType'],
      [{ extensionType: 'some.thing' }, 'properties.extensionType'],
      [{ extensionType: 'microsoft.flux', version: '1.2.3' }, 'properties.version'],
      [
        { extensionType: 'microsoft.flux', scope: { namespace: { targetNamespace: 'x' } } },
        'properties.scope.namespace',
      ],
      [
        { extensionType: 'microsoft.flux', scope: { cluster: { releaseNamespace: 'x' } } },
        'properties.scope.cluster.releaseNamespace',
      ],
      [{ extensionType: 'microsoft.flux', scope: { cluster: {}, namespace: {} } }, 'properties.scope'],
      [{ extensionType: 'microsoft.flux', configurationSettings: { a: true } }, 'properties.configurationSettings.a'],
    ]
    for (const [properties, target] of wrong) {
      assert.equal(refusal(() => put(properties)).detail.target, target)
    }
  })

  test('keeps settings that a patch does not name, and replaces protected ones as a whole', () => {
    const stored = put({ extensionType: 'microsoft.flux', configurationSettings: { a: '1', b: '2' } })
    const patched = extensionKind.acceptPatch(
      'flux',
      { properties: { configurationSettings: { b: '3' }, configurationProtectedSettings: { s: 'x' } } },
      '2025-03-01',
      stored,
      'Succeeded',
    )
    assert.deepEqual(patched.properties.configurationSettings, { a: '1', b: '3' })
    assert.deepEqual(patched.secrets, { s: 'x' })
  })
})

test('merge patch follows the examples of RFC 7396', () => {
  const examples: [object, object, object][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of examples) assert.deepEqual(mergePatch({ ...target }, { ...patch }), result)
})

test('a long chain of dependencies is no circle', () => {
  const chain = new Map(Array.from({ length: 2000 }, (_, index) => [`k${index}`, index === 0 ? [] : [`k${index - 1}`]]))
  assert.equal(dependencyCycle(chain), undefined)
  chain.set('k0', ['k1999'])
  assert.equal(dependencyCycle(chain)?.length, 2001)
})
