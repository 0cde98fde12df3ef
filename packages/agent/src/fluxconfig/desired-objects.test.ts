import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FluxConfig, KubeObject } from '@sluice/api'
import { fluxConfig } from '../testing/flux-config.ts'
import { ConfigurationError } from './configuration-error.ts'
import { desiredObjects } from './desired-objects.ts'
import type { ConfigurationSecrets } from './source-auth.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find(object => object.kind === kind && object.metadata.name === name)
  assert.ok(found, `${kind} ${name} is among ${objects.map(o => `${o.kind} ${o.metadata.name}`).join(', ')}`)
  return found
}

const names = (objects: readonly KubeObject[]) =>
  objects.map(o => `${o.kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`)

describe('what a FluxConfig makes', () => {
  test('cluster scope: account, cluster-admin, source, kustomizations in order', () => {
    const config = fluxConfig({
      kustomizations: [
        { name: 'infra', path: './infra' },
        { name: 'apps', path: './apps', dependsOn: ['infra'] },
      ],
    })
    assert.deepEqual(names(desiredObjects(config, {})), [
      'ServiceAccount team/flux-applier',
      'ClusterRoleBinding /flux-applier:team:shop',
      'GitRepository team/shop',
      'Kustomization team/shop-infra',
      'Kustomization team/shop-apps',
    ])
  })

  test('cluster scope binds the account of the namespace to cluster-admin', () => {
    const binding = find(desiredObjects(fluxConfig({}), {}), 'ClusterRoleBinding', 'flux-applier:team:shop')
    assert.deepEqual(binding.roleRef, {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'cluster-admin',
    })
    assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: 'flux-applier', namespace: 'team' }])
  })

  test('namespace scope: nothing outside the namespace, and no right on FluxConfigs', () => {
    const objects = desiredObjects(fluxConfig({ scope: 'namespace' }), {})
    for (const object of objects) assert.equal(object.metadata.namespace, 'team', object.kind)
    assert.deepEqual(
      objects.filter(o => o.kind === 'RoleBinding').map(o => (o.roleRef as { name: string }).name),
      ['admin', 'flux-applier:shop:flux'],
    )
    const rules = find(objects, 'Role', 'flux-applier:shop:flux').rules as { apiGroups: string[] }[]
    assert.ok(!rules.some(rule => rule.apiGroups.includes('clusterconfig.azure.com') || rule.apiGroups.includes('*')))
  })

  test("labels are Azure's; requestedAt is the time of the write", () => {
    const objects = desiredObjects(fluxConfig({ operationId: 'op-1' }), {}, { requestedAt: '2026-01-02T03:04:05Z' })
    for (const [kind, name] of [
      ['GitRepository', 'shop'],
      ['Kustomization', 'shop-apps'],
    ] as const) {
      const { metadata } = find(objects, kind, name)
      assert.deepEqual(metadata.labels, {
        'clusterconfig.azure.com/is-managed': 'true',
        'clusterconfig.azure.com/name': 'shop',
        'clusterconfig.azure.com/namespace': 'team',
        'clusterconfig.azure.com/operation-id': 'op-1',
      })
      assert.deepEqual(metadata.annotations, { 'reconcile.fluxcd.io/requestedAt': '2026-01-02T03:04:05Z' })
    }
  })

  test('a Kustomization has all that its configuration says', () => {
    const config = fluxConfig({
      kustomizations: [
        {
          name: 'apps',
          path: './apps',
          dependsOn: ['infra', 'crds'],
          syncInterval: '2m0s',
          retryInterval: '30s',
          timeout: '3m0s',
          prune: true,
          force: true,
          wait: false,
          postBuild: {
            substitute: { region: 'eu' },
            substituteFrom: [{ kind: 'ConfigMap', name: 'vars', optional: true }],
          },
        },
      ],
    })
    assert.deepEqual(find(desiredObjects(config, {}), 'Kustomization', 'shop-apps').spec, {
      sourceRef: { kind: 'GitRepository', name: 'shop', namespace: 'team' },
      path: './apps',
      interval: '2m0s',
      retryInterval: '30s',
      timeout: '3m0s',
      prune: true,
      force: true,
      wait: false,
      dependsOn: [{ name: 'shop-infra' }, { name: 'shop-crds' }],
      postBuild: {
        substitute: { region: 'eu' },
        substituteFrom: [{ kind: 'ConfigMap', name: 'vars', optional: true }],
      },
      serviceAccountName: 'flux-applier',
      patches: [
        {
          patch:
            '[{"op":"add","path":"/spec/chart/spec/sourceRef","value":{"name":"shop","namespace":"team","kind":"GitRepository"}}]',
          target: {
            group: 'helm.toolkit.fluxcd.io',
            kind: 'HelmRelease',
            annotationSelector: 'clusterconfig.azure.com/use-managed-source=true',
          },
        },
      ],
    })
  })

  test("defaults are Azure's: ten minutes, wait, no prune, no force", () => {
    const spec = find(desiredObjects(fluxConfig({}), {}), 'Kustomization', 'shop-apps').spec as Record<string, unknown>
    const { interval, timeout, wait, prune, force } = spec
    assert.deepEqual(
      { interval, timeout, wait, prune, force },
      { interval: '10m0s', timeout: '10m0s', wait: true, prune: false, force: false },
    )
  })

  test('a suspended configuration suspends source and kustomizations; else the field is not ours', () => {
    for (const suspend of [true, false]) {
      const objects = desiredObjects(fluxConfig({ suspend }), {})
      for (const kind of ['GitRepository', 'Kustomization']) {
        const spec = objects.find(o => o.kind === kind)?.spec as Record<string, unknown>
        assert.equal('suspend' in spec, suspend, kind)
      }
    }
  })

  test('soft deletion leaves what was deployed', () => {
    const spec = find(desiredObjects(fluxConfig({ softDelete: true }), {}), 'Kustomization', 'shop-apps').spec
    assert.equal((spec as { deletionPolicy?: string }).deletionPolicy, 'Orphan')
  })
})

describe('the source and how it logs in', () => {
  type Case = {
    name: string
    git: Partial<NonNullable<FluxConfig['spec']['gitRepository']>>
    secrets?: ConfigurationSecrets
    url?: string
    auth?: Record<string, string>
    secretRef?: string
  }
  const pair = {
    privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n',
    publicKey: 'ssh-ed25519 AAAA',
  }
  const cases: Case[] = [
    { name: 'public https', git: { url: 'https://git.test/r' } },
    {
      name: 'https user and key',
      git: { url: 'https://git.test/r', httpsUser: 'ann' },
      secrets: { protectedSettings: { httpsKey: base64('s3cret') } },
      auth: { username: 'ann', password: 's3cret' },
    },
    {
      name: 'https key alone is a bearer token',
      git: { url: 'https://git.test/r' },
      secrets: { protectedSettings: { httpsKey: base64('t0ken') } },
      auth: { bearerToken: 't0ken' },
    },
    {
      name: 'private authority',
      git: { url: 'https://git.test/r', httpsCACert: base64('-----BEGIN CERTIFICATE-----') },
      auth: { 'ca.crt': '-----BEGIN CERTIFICATE-----' },
    },
    {
      name: 'ssh with our key pair and known hosts of the user',
      git: { url: 'ssh://git@git.test:2222/r', sshKnownHosts: base64('git.test ssh-ed25519 BBBB') },
      secrets: { keyPair: pair },
      auth: { identity: pair.privateKey, known_hosts: 'git.test ssh-ed25519 BBBB' },
    },
    {
      name: 'the short form of ssh, a key of the user, a public service',
      git: { url: 'git@github.com:org/repo.git' },
      secrets: { protectedSettings: { sshPrivateKey: base64(pair.privateKey.trimEnd()) } },
      url: 'ssh://git@github.com/org/repo.git',
      auth: { identity: pair.privateKey },
    },
    {
      name: "the user's own secret",
      git: { url: 'https://git.test/r', localAuthRef: 'mine' },
      secrets: { protectedSettings: { httpsKey: base64('unused') } },
      secretRef: 'mine',
    },
  ]
  for (const { name, git, secrets = {}, url, auth, secretRef } of cases) {
    test(name, () => {
      const objects = desiredObjects(fluxConfig({ gitRepository: { url: '', ...git } }), secrets)
      const spec = find(objects, 'GitRepository', 'shop').spec as { url: string; secretRef?: { name: string } }
      assert.equal(spec.url, url ?? git.url)
      assert.equal(spec.secretRef?.name, secretRef ?? (auth && 'shop-auth'))
      const secret = objects.find(o => o.kind === 'Secret')
      if (!auth) return assert.equal(secret, undefined)
      const data = secret?.data as Record<string, string>
      for (const [key, value] of Object.entries(auth)) {
        assert.equal(Buffer.from(data[key] ?? '', 'base64').toString(), value, key)
      }
      if (name.includes('public service')) assert.ok(data.known_hosts)
    })
  }

  test('a timeout of hours is said in minutes, which is all that Flux allows', () => {
    const objects = desiredObjects(fluxConfig({ gitRepository: { url: 'https://git.test/r', timeout: '1h0m30s' } }), {})
    assert.equal((find(objects, 'GitRepository', 'shop').spec as { timeout: string }).timeout, '60m30s')
  })

  const wrong: [string, Partial<FluxConfig['spec']>, ConfigurationSecrets, RegExp][] = [
    [
      'an address that is none',
      { gitRepository: { url: 'ftp://u:secret@x/y' } },
      {},
      /ftp:\/\/x\/y.*must begin with https/,
    ],
    ['no source block', { gitRepository: undefined }, {}, /gitRepository is missing/],
    ['a key that is not base64', {}, { protectedSettings: { httpsKey: 'p@ss word' } }, /httpsKey is not base64/],
    [
      'a key that is none',
      { gitRepository: { url: 'ssh://git@x/y' } },
      { protectedSettings: { sshPrivateKey: base64('hello') } },
      /sshPrivateKey is not a private key/,
    ],
  ]
  for (const [name, spec, secrets, message] of wrong) {
    test(`${name} is refused with the field and the cure, and no secret`, () => {
      assert.throws(
        () => desiredObjects(fluxConfig(spec), secrets),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /secret@|p@ss|hello/)
          return true
        },
      )
    })
  }

  test('an Azure Blob container is a Bucket to Flux', () => {
    const config = fluxConfig({
      sourceKind: 'AzureBlob',
      gitRepository: undefined,
      azureBlob: { url: 'https://acc.blob.core.windows.net', containerName: 'conf' },
    })
    const objects = desiredObjects(config, { protectedSettings: { 'azureBlob.accountKey': 'a2V5' } })
    const { provider, bucketName, secretRef } = find(objects, 'Bucket', 'shop').spec as Record<string, unknown>
    assert.deepEqual(
      { provider, bucketName, secretRef },
      { provider: 'azure', bucketName: 'conf', secretRef: { name: 'shop-auth' } },
    )
    const { sourceRef } = find(objects, 'Kustomization', 'shop-apps').spec as Record<string, unknown>
    assert.deepEqual(sourceRef, { kind: 'Bucket', name: 'shop', namespace: 'team' })
  })
})
