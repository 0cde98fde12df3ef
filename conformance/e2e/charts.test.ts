import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { helm as helmPath } from '../../scripts/test-tools.mjs'
import { acrossNamespaces, inOneNamespace, tenant } from './chart-repository-layouts.ts'
import { ChartServer, webChart } from './chart-server.ts'
import { type ClusterName, eventually, System } from './system.ts'
import { WorkCopy } from './work-copy.ts'

/** Charts through the fleet, in the two layouts of the tutorials: each test goes on from where the one before left it. */
const run = promisify(execFile)
const NAMESPACE = 'cluster-config'
const CONFIGURATION = 'charts'

describe('a repository of charts', { timeout: 600_000 }, () => {
  let system: System
  let charts: ChartServer
  let copy: WorkCopy

  before(async () => {
    charts = await ChartServer.start()
    await charts.publish('podinfo', webChart('podinfo', '6.0.0'))
    await charts.publish('ingress-nginx', webChart('ingress-nginx', '4.10.1'))
    system = await System.start()
    copy = await WorkCopy.emptyBranch(system.gitUrl, 'charts')
    await copy.push('everything in its own namespace', acrossNamespaces(charts.url))
  })
  after(async () => {
    await copy?.remove()
    await system?.stop()
    await charts?.close()
  })

  const create = (cluster: ClusterName, place: 'staging' | 'production') =>
    system.sdk.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...system.path(cluster),
      CONFIGURATION,
      {
        scope: 'cluster',
        namespace: NAMESPACE,
        sourceKind: 'GitRepository',
        gitRepository: { url: system.gitUrl, repositoryRef: { branch: 'charts' }, syncIntervalInSeconds: 60 },
        kustomizations: {
          infra: { path: './infrastructure', prune: true, retryIntervalInSeconds: 2 },
          apps: { path: `./apps/${place}`, dependsOn: ['infra'], prune: true, retryIntervalInSeconds: 2 },
        },
      },
      { updateIntervalInMs: 200 },
    )
  const statusOf = async (cluster: ClusterName, kind: string, name: string) => {
    const { statuses } = await system.configuration(cluster, CONFIGURATION)
    return statuses?.find(status => status?.kind === kind && status.name === name)
  }
  const compliant = (cluster: ClusterName, commit: string) =>
    eventually(`${cluster} is compliant at ${commit}`, async () => {
      const { complianceState, sourceSyncedCommitId, statuses } = await system.configuration(cluster, CONFIGURATION)
      if (complianceState === 'Compliant' && sourceSyncedCommitId?.includes(commit)) return true
      throw new Error(JSON.stringify(statuses?.map(s => [s?.kind, s?.name, s?.complianceState, s?.statusConditions])))
    })
  const helm = async (cluster: ClusterName, ...args: string[]) => {
    const kubeconfig = join(system.dataDir, 'clusters', cluster, 'kubeconfig')
    const { stdout } = await run(await helmPath(), ['--kubeconfig', kubeconfig, ...args])
    return stdout
  }
  /** What helm lists, without the release of the example that every start deploys. */
  const releasesIn = async (cluster: ClusterName) => {
    const list: { name: string; chart: string; status: string; revision: string }[] = JSON.parse(
      await helm(cluster, 'list', '--all-namespaces', '--output', 'json'),
    )
    return list.filter(({ name }) => name !== 'cache')
  }
  const dataOf = async (cluster: ClusterName, namespace: string, name: string) =>
    (await system.get<{ data: Record<string, string> }>(cluster, 'configmap', name, '-n', namespace))?.data

  test('a source of another namespace is refused, and the fleet says why', async () => {
    await create('cluster-1', 'staging')
    await eventually('the reason is in the statuses', async () => {
      const release = await statusOf('cluster-1', 'HelmRelease', 'nginx')
      const ready = release?.statusConditions?.find(condition => condition.type === 'Ready')
      if (ready?.reason !== 'AccessDenied') throw new Error(JSON.stringify(release ?? 'not reported'))
      assert.match(
        ready.message ?? '',
        /cross-namespace references are not allowed: cannot access HelmChart cluster-config\/nginx-nginx/,
      )
      assert.equal(release?.complianceState, 'Non-Compliant')
      assert.deepEqual(release?.appliedBy, { name: `${CONFIGURATION}-infra`, namespace: NAMESPACE })
      return (await system.configuration('cluster-1', CONFIGURATION)).complianceState === 'Non-Compliant'
    })
    assert.equal((await statusOf('cluster-1', 'HelmRepository', 'podinfo'))?.complianceState, 'Compliant')
    assert.equal(await system.get('cluster-1', 'deployment', 'nginx', '-n', 'nginx'), undefined)
  })

  test('with everything in the namespace of the configuration it is deployed, and the fleet knows each release', async () => {
    const commit = await copy.push(
      'sources and releases in one namespace',
      inOneNamespace(charts.url, { version: '6.x', color: 'red' }),
    )
    await compliant('cluster-1', commit)
    const nginx = await statusOf('cluster-1', 'HelmRelease', 'nginx')
    assert.equal(nginx?.namespace, NAMESPACE)
    assert.deepEqual(nginx?.helmReleaseProperties, {
      lastRevisionApplied: 1,
      helmChartRef: { name: `${NAMESPACE}-nginx`, namespace: NAMESPACE },
      failureCount: 0,
      installFailureCount: 0,
      upgradeFailureCount: 0,
    })
    const { statuses } = await system.configuration('cluster-1', CONFIGURATION)
    assert.deepEqual(
      statuses?.map(status => `${status?.kind}/${status?.name}`),
      [
        'GitRepository/charts',
        'Kustomization/charts-apps',
        'HelmRelease/podinfo',
        'Kustomization/charts-infra',
        'HelmRepository/ingress-nginx',
        'HelmRepository/podinfo',
        'HelmRelease/hello',
        'HelmRelease/nginx',
      ],
    )
    assert.deepEqual(await dataOf('cluster-1', 'podinfo', 'podinfo-settings'), {
      color: 'red',
      host: 'podinfo.staging',
    })
    assert.match(await system.kubectl('cluster-1', 'get', 'deployments', '-n', 'podinfo'), /^podinfo +2\/2/m)
    // The release whose chart lies in the configuration's own repository.
    assert.deepEqual(await dataOf('cluster-1', 'nginx', 'hello'), { chart: 'hello-0.1.0' })
    // What lived in the other namespaces has left with the old layout.
    assert.equal(await system.get('cluster-1', 'helmrelease', 'nginx', '-n', 'nginx'), undefined)
  })

  test('the real helm sees the releases', async () => {
    const list = await releasesIn('cluster-1')
    assert.deepEqual(list.map(({ name, chart, status, revision }) => [name, chart, status, revision]).sort(), [
      ['nginx', 'ingress-nginx-4.10.1', 'deployed', '1'],
      ['nginx-hello', 'hello-0.1.0', 'deployed', '1'],
      ['podinfo', 'podinfo-6.0.0', 'deployed', '1'],
    ])
    assert.match(await helm('cluster-1', 'get', 'values', 'podinfo', '-n', NAMESPACE), /color: red/)
  })

  test('a new value in the repository upgrades the release', async () => {
    const commit = await copy.push('another color', inOneNamespace(charts.url, { version: '6.x', color: 'black' }))
    await compliant('cluster-1', commit)
    await eventually('the new value is there', async () => {
      const data = await dataOf('cluster-1', 'podinfo', 'podinfo-settings')
      return data?.color === 'black'
    })
    await eventually('the fleet knows the new revision', async () => {
      const release = await statusOf('cluster-1', 'HelmRelease', 'podinfo')
      return release?.helmReleaseProperties?.lastRevisionApplied === 2
    })
    const history: { revision: number; status: string }[] = JSON.parse(
      await helm('cluster-1', 'history', 'podinfo', '-n', NAMESPACE, '--output', 'json'),
    )
    assert.deepEqual(
      history.map(({ revision, status }) => [revision, status]),
      [
        [1, 'superseded'],
        [2, 'deployed'],
      ],
    )
  })

  test('drift of releases is corrected once the extension is told to', async () => {
    await system.sdk.extensions.beginUpdateAndWait(
      ...system.path('cluster-1'),
      'flux',
      { configurationSettings: { 'helm-controller.detectDrift': 'true' } },
      { updateIntervalInMs: 200 },
    )
    const change = ['patch', 'configmap', 'podinfo-settings', '-n', 'podinfo', '-p', '{"data":{"color":"by hand"}}']
    await system.kubectl('cluster-1', ...change)
    await eventually('the edit is undone', async () => {
      const data = await dataOf('cluster-1', 'podinfo', 'podinfo-settings')
      return data?.color === 'black'
    })
  })

  test('a chart version that does not exist is told with its name, and the release that runs goes on', async () => {
    await copy.push('a version that nobody made', inOneNamespace(charts.url, { version: '99.x', color: 'black' }))
    await eventually('the reason is in the statuses', async () => {
      const release = await statusOf('cluster-1', 'HelmRelease', 'podinfo')
      const ready = release?.statusConditions?.find(condition => condition.type === 'Ready')
      if (release?.complianceState !== 'Non-Compliant') throw new Error(JSON.stringify(release ?? 'not reported'))
      assert.match(ready?.message ?? '', /99\.x/)
      return true
    })
    assert.match(await system.kubectl('cluster-1', 'get', 'deployments', '-n', 'podinfo'), /^podinfo +2\/2/m)
    const commit = await copy.push('back', inOneNamespace(charts.url, { version: '6.x', color: 'black' }))
    await compliant('cluster-1', commit)
  })

  test('a team releases into its own namespace, and into no other', async () => {
    const team = 'team-charts'
    await copy.push('a team', tenant(charts.url, team, 'shop'))
    await system.sdk.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...system.path('cluster-1'),
      team,
      {
        scope: 'namespace',
        namespace: team,
        sourceKind: 'GitRepository',
        gitRepository: { url: system.gitUrl, repositoryRef: { branch: 'charts' } },
        kustomizations: { app: { path: './team', prune: true, retryIntervalInSeconds: 2 } },
      },
      { updateIntervalInMs: 200 },
    )
    const release = async (name: string) => {
      const { statuses } = await system.configuration('cluster-1', team)
      return statuses?.find(status => status?.kind === 'HelmRelease' && status.name === name)
    }
    await eventually('its own release is there, the other is refused', async () => {
      const [web, reach] = [await release('web'), await release('reach')]
      const ready = reach?.statusConditions?.find(condition => condition.type === 'Ready')
      if (web?.complianceState !== 'Compliant' || !/forbidden/.test(ready?.message ?? ''))
        throw new Error(JSON.stringify([web, reach]))
      assert.match(ready?.message ?? '', /system:serviceaccount:team-charts:flux-applier/)
      return reach?.complianceState === 'Non-Compliant'
    })
    assert.match(await system.kubectl('cluster-1', 'get', 'deployments', '-n', team), /^web +1\/1/m)
    await copy.push('a team that behaves', tenant(charts.url, team))
    await eventually('it is compliant', async () => {
      const { complianceState } = await system.configuration('cluster-1', team)
      return complianceState === 'Compliant'
    })
  })

  test('with multiTenancy.enforce=false the first layout is deployed as it is', async () => {
    await copy.push('everything in its own namespace again', {
      ...acrossNamespaces(charts.url),
      'apps/base/podinfo/values.yaml': null,
      'apps/base/podinfo/names.yaml': null,
      'infrastructure/hello.yaml': null,
    })
    await system.sdk.extensions.beginUpdateAndWait(
      ...system.path('cluster-2'),
      'flux',
      { configurationSettings: { 'multiTenancy.enforce': 'false' } },
      { updateIntervalInMs: 200 },
    )
    await create('cluster-2', 'production')
    const head = (await copy.git('rev-parse', 'HEAD')).trim()
    await compliant('cluster-2', head)
    assert.deepEqual(await dataOf('cluster-2', 'podinfo', 'podinfo-settings'), {
      color: 'blue',
      host: 'podinfo.production',
    })
    const release = await statusOf('cluster-2', 'HelmRelease', 'podinfo')
    assert.deepEqual(release?.helmReleaseProperties?.helmChartRef, { name: 'podinfo-podinfo', namespace: NAMESPACE })
  })

  test('deleting the configuration uninstalls its releases', async () => {
    await system.sdk.fluxConfigurations.beginDeleteAndWait(...system.path('cluster-2'), CONFIGURATION, {
      updateIntervalInMs: 200,
    })
    await eventually('the releases are gone', async () => {
      return (await releasesIn('cluster-2')).length === 0
    })
    assert.equal(await system.get('cluster-2', 'deployment', 'podinfo', '-n', 'podinfo'), undefined)
  })
})
