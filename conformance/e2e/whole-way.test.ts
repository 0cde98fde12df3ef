import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ClusterName, eventually, System } from './system.ts'
import { WorkCopy } from './work-copy.ts'

/** One system, used as a platform team and its tenants use it: every test goes on from where the one before left it. */
const BOTH: ClusterName[] = ['cluster-1', 'cluster-2']
const NAMESPACE = 'cluster-config'

describe('the way of a commit', { timeout: 600_000 }, () => {
  let system: System
  let copy: WorkCopy

  before(async () => {
    system = await System.start()
    copy = await WorkCopy.clone(system.gitUrl)
  })
  after(async () => {
    await copy?.remove()
    await system?.stop()
  })

  const configMap = (name: string, v: string, namespace = 'shop') =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  v: "${v}"\n`
  const infra = (...more: string[]) =>
    ['namespaces.yaml', 'announcement-definition.yaml', 'rbac.yaml', 'settings.yaml', ...more]
      .map(file => `  - ${file}\n`)
      .join('')
  const kustomizationOf = (...more: string[]) =>
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${infra(...more)}`
  const dataOf = async (cluster: ClusterName, name: string, namespace = 'shop') =>
    (await system.get<{ data: Record<string, string> }>(cluster, 'configmap', name, '-n', namespace))?.data
  const compliant = (cluster: ClusterName, name: string, commit: string) =>
    eventually(`${cluster}/${name} is compliant at ${commit}`, async () => {
      const { complianceState, sourceSyncedCommitId } = await system.configuration(cluster, name)
      return complianceState === 'Compliant' && sourceSyncedCommitId?.includes(commit)
    })
  const fluxKustomization = (name: string, spec: object) => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: NAMESPACE },
    spec: { interval: '10m', retryInterval: '1s', prune: true, ...spec },
  })
  const fluxRepository = (name: string, spec: object) => ({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace: NAMESPACE },
    spec: { interval: '10m', ref: { branch: 'main' }, timeout: '2s', ...spec },
  })
  const readyMatches = (kind: string, name: string, pattern: RegExp, cluster: ClusterName = 'cluster-1') =>
    eventually(`${kind}/${name} says ${pattern}`, async () => {
      const ready = await system.ready(cluster, kind, NAMESPACE, name)
      if (!pattern.test(ready)) throw new Error(ready)
      return true
    })

  test('both clusters run what the repository says, and the service knows of each object', async () => {
    for (const cluster of BOTH) {
      const configuration = await system.configuration(cluster, 'cluster-config')
      assert.equal(configuration.complianceState, 'Compliant')
      assert.equal(configuration.provisioningState, 'Succeeded')
      const kinds = configuration.statuses?.map(s => `${s?.kind}/${s?.name}`)
      assert.deepEqual(kinds?.sort(), [
        'GitRepository/cluster-config',
        'HelmRelease/cache',
        'Kustomization/cluster-config-apps',
        'Kustomization/cluster-config-infra',
      ])
      const extensions = []
      for await (const extension of system.sdk.extensions.list(...system.path(cluster))) extensions.push(extension)
      assert.deepEqual(
        extensions.map(e => [e.extensionType, e.provisioningState]),
        [['microsoft.flux', 'Succeeded']],
      )
    }
    assert.match(await system.kubectl('cluster-1', 'get', 'deployments', '-n', 'shop'), /^web +2\/2/m)
    assert.match(await system.kubectl('cluster-2', 'get', 'deployments', '-n', 'shop'), /^web +3\/3/m)
    assert.match(
      await system.kubectl('cluster-1', 'describe', 'deployment', 'web', '-n', 'shop'),
      /NewReplicaSetAvailable/,
    )
  })

  test('a push reaches both clusters and the service', async () => {
    const commit = await copy.push('add a setting', {
      'infra/kustomization.yaml': kustomizationOf('extra.yaml'),
      'infra/extra.yaml': configMap('extra', '1'),
    })
    for (const cluster of BOTH) {
      await compliant(cluster, 'cluster-config', commit)
      assert.deepEqual(await dataOf(cluster, 'extra'), { v: '1' })
    }
    await compliant('cluster-1', 'team-a', commit)
  })

  test('drift is healed, what was deleted comes back', async () => {
    await system.kubectl('cluster-1', 'patch', 'configmap', 'extra', '-n', 'shop', '-p', '{"data":{"v":"by hand"}}')
    await eventually('the edit is undone', async () => (await dataOf('cluster-1', 'extra'))?.v === '1')
    await system.kubectl('cluster-1', 'delete', 'deployment', 'web', '-n', 'shop')
    await eventually(
      'the deployment is back',
      async () => await system.get('cluster-1', 'deployment', 'web', '-n', 'shop'),
    )
    const { status } = (await system.get<{ status: { history: unknown[] } }>(
      'cluster-1',
      'kustomization.kustomize.toolkit.fluxcd.io',
      'cluster-config-apps',
      '-n',
      NAMESPACE,
    )) ?? { status: { history: [] } }
    assert.ok(status.history.length > 0)
  })

  test('what left the repository is pruned', async () => {
    const commit = await copy.push('remove the setting', {
      'infra/kustomization.yaml': kustomizationOf(),
      'infra/extra.yaml': null,
    })
    for (const cluster of BOTH) {
      await compliant(cluster, 'cluster-config', commit)
      assert.equal(await dataOf(cluster, 'extra'), undefined)
    }
  })

  test('a failing dependency holds its dependents back, says so, and both recover', async () => {
    const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: broken\n namespace: shop\n'
    const bad = await copy.push('break the infrastructure', {
      'infra/kustomization.yaml': kustomizationOf('broken.yaml'),
      'infra/broken.yaml': broken,
    })
    await readyMatches('kustomization', 'cluster-config-infra', /^False BuildFailed: .*broken\.yaml.*line \d/s)
    await readyMatches(
      'kustomization',
      'cluster-config-apps',
      /^False DependencyNotReady: dependency 'cluster-config\/cluster-config-infra'/,
    )
    await eventually('the service says why', async () => {
      const { complianceState, statuses } = await system.configuration('cluster-1', 'cluster-config')
      const text = JSON.stringify(statuses)
      return complianceState === 'Non-Compliant' && text.includes('broken.yaml') && text.includes(bad)
    })
    const good = await copy.push('mend it', {
      'infra/kustomization.yaml': kustomizationOf(),
      'infra/broken.yaml': null,
    })
    for (const cluster of BOTH) await compliant(cluster, 'cluster-config', good)
  })

  test('a missing path says so', async () => {
    await system.apply(
      'cluster-1',
      fluxKustomization('nowhere', {
        path: './no/such/folder',
        sourceRef: { kind: 'GitRepository', name: 'cluster-config' },
      }),
    )
    await readyMatches(
      'kustomization',
      'nowhere',
      /^False ArtifactFailed: kustomization path not found: .*no\/such\/folder/,
    )
    await system.kubectl('cluster-1', 'delete', 'kustomization.kustomize.toolkit.fluxcd.io', 'nowhere', '-n', NAMESPACE)
  })

  test('a wrong password and a dead server say so, without the password', async () => {
    await system.apply('cluster-1', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'wrong', namespace: NAMESPACE },
      stringData: { username: 'somebody', password: 'not-the-password' },
    })
    const secured = await securedRepository()
    try {
      await system.apply('cluster-1', fluxRepository('wrong', { url: secured.url, secretRef: { name: 'wrong' } }))
      await readyMatches('gitrepository', 'wrong', /^False GitOperationFailed: .*authentication/i)
      const events = await system.kubectl('cluster-1', 'get', 'events', '-n', NAMESPACE, '-o', 'json')
      assert.doesNotMatch(events, /not-the-password/)
    } finally {
      await secured.close()
    }
    await system.apply('cluster-1', fluxRepository('dead', { url: 'http://127.0.0.1:9/none.git' }))
    await readyMatches('gitrepository', 'dead', /^False GitOperationFailed: .*(refused|connect)/i)
    const hanging = await hangingServer()
    try {
      await system.apply('cluster-1', fluxRepository('hanging', { url: `${hanging.url}/x.git` }))
      await readyMatches('gitrepository', 'hanging', /^False GitOperationFailed: .*(deadline|time)/i)
    } finally {
      await hanging.close()
    }
    for (const name of ['wrong', 'dead', 'hanging']) {
      await system.kubectl('cluster-1', 'delete', 'gitrepository', name, '-n', NAMESPACE)
    }
  })

  test('a circle of dependencies is named', async () => {
    const sourceRef = { kind: 'GitRepository', name: 'cluster-config' }
    await system.apply(
      'cluster-1',
      fluxKustomization('egg', { path: './infra', sourceRef, dependsOn: [{ name: 'hen' }] }),
    )
    await system.apply(
      'cluster-1',
      fluxKustomization('hen', { path: './infra', sourceRef, dependsOn: [{ name: 'egg' }] }),
    )
    await readyMatches('kustomization', 'hen', /^False DependencyNotReady: .*dependency cycle .*hen -> .*egg -> .*hen/)
    for (const name of ['egg', 'hen']) {
      await system.kubectl('cluster-1', 'delete', 'kustomization.kustomize.toolkit.fluxcd.io', name, '-n', NAMESPACE)
    }
  })

  test('a tenant that reaches out of its namespace is refused, and the service says why', async () => {
    const kustomization = await readFile(join(copy.path, 'teams/team-a/kustomization.yaml'), 'utf8')
    await copy.push('reach for the cluster', {
      'teams/team-a/kustomization.yaml': kustomization.replace('  - api.yaml\n', '  - api.yaml\n  - reach.yaml\n'),
      'teams/team-a/reach.yaml': [
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: team-a-everything',
        'rules:\n  - apiGroups: ["*"]\n    resources: ["*"]\n    verbs: ["*"]\n',
      ].join('\n'),
    })
    await eventually('the refusal is in the statuses', async () => {
      const { complianceState, statuses } = await system.configuration('cluster-1', 'team-a')
      const text = JSON.stringify(statuses)
      const refused = text.includes('system:serviceaccount:team-a:flux-applier') && text.includes('clusterroles')
      if (!refused) throw new Error(text)
      return complianceState === 'Non-Compliant'
    })
    assert.equal(await system.get('cluster-1', 'clusterrole', 'team-a-everything'), undefined)
    const commit = await copy.push('behave', {
      'teams/team-a/kustomization.yaml': kustomization,
      'teams/team-a/reach.yaml': null,
    })
    await compliant('cluster-1', 'team-a', commit)
  })

  test('a cluster whose agent is away goes on by itself and agrees when it is back', async () => {
    await system.kubectl('cluster-2', 'scale', 'deployment', 'sluice-agent', '-n', 'azure-arc', '--replicas=0')
    await eventually('the agent is gone', async () => {
      const pods = await system.kubectl('cluster-2', 'get', 'pods', '-n', 'azure-arc')
      return !pods.includes('sluice-agent')
    })
    const commit = await copy.push('while it is away', {
      'infra/kustomization.yaml': kustomizationOf('away.yaml'),
      'infra/away.yaml': configMap('away', '1'),
    })
    await eventually('the cluster follows the repository', async () => (await dataOf('cluster-2', 'away'))?.v === '1')
    const patch = { gitRepository: { syncIntervalInSeconds: 61 } }
    await system.sdk.fluxConfigurations.beginUpdate(...system.path('cluster-2'), 'cluster-config', patch)
    assert.doesNotMatch(
      (await system.configuration('cluster-2', 'cluster-config')).sourceSyncedCommitId ?? '',
      new RegExp(commit),
    )
    await system.kubectl('cluster-2', 'scale', 'deployment', 'sluice-agent', '-n', 'azure-arc', '--replicas=1')
    await compliant('cluster-2', 'cluster-config', commit)
    await eventually('the change has arrived', async () => {
      const repository = await system.get<{ spec: { interval: string } }>(
        'cluster-2',
        'gitrepository',
        'cluster-config',
        '-n',
        NAMESPACE,
      )
      const { provisioningState } = await system.configuration('cluster-2', 'cluster-config')
      return repository?.spec.interval === '1m1s' && provisioningState === 'Succeeded'
    })
  })

  test('a deleted configuration takes its objects with it', async () => {
    await system.sdk.fluxConfigurations.beginDeleteAndWait(...system.path('cluster-1'), 'team-a', {
      updateIntervalInMs: 200,
    })
    assert.equal(await system.get('cluster-1', 'deployment', 'api', '-n', 'team-a'), undefined)
    assert.equal(await system.get('cluster-1', 'fluxconfig', 'team-a', '-n', 'team-a'), undefined)
    await assert.rejects(system.configuration('cluster-1', 'team-a'), { statusCode: 404 })
  })
})

/** A Git server that wants a password. */
async function securedRepository(): Promise<{ url: string; close(): Promise<void> }> {
  const { createServer: createHttpServer } = await import('node:http')
  const server = createHttpServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/secured.git`,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

/** A server that accepts connections and never answers. */
async function hangingServer(): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<import('node:net').Socket>()
  const server = createServer(socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
