/** Releases go back and forth between our actions and the real helm. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { install } from './install.ts'
import { rollback } from './rollback.ts'
import { uninstall } from './uninstall.ts'
import { upgrade } from './upgrade.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const files = {
  'values.yaml': 'color: red\n',
  'templates/conf.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-conf\ndata:\n  color: {{ .Values.color | quote }}\n  by: {{ .Release.Revision | quote }}\n',
  'templates/NOTES.txt': 'Thanks for {{ .Chart.Name }}.\n',
}

const configMap = async (name: string): Promise<unknown> =>
  (await cluster.client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name }))?.data

async function helmJson(...args: string[]): Promise<unknown> {
  const { out, err, code } = await cluster.helm(...args, '-o', 'json')
  assert.equal(code, 0, err)
  return JSON.parse(out)
}

describe('what we install', () => {
  test('helm lists, shows, upgrades, rolls back and uninstalls', async () => {
    const options = cluster.options('ours')
    const chart = await cluster.chart('c', files)
    const record = await install({ ...options, chart, values: { color: 'green' } })
    assert.equal(record.info.description, 'Install complete')
    const [listed] = (await helmJson('list', '--filter', '^ours$')) as Record<string, unknown>[]
    assert.deepEqual(
      {
        name: listed?.name,
        revision: listed?.revision,
        status: listed?.status,
        chart: listed?.chart,
        app_version: listed?.app_version,
      },
      { name: 'ours', revision: '1', status: 'deployed', chart: 'c-1.0.0', app_version: '9.9' },
    )
    assert.deepEqual(await helmJson('get', 'values', 'ours'), { color: 'green' })
    assert.equal((await cluster.helm('get', 'notes', 'ours')).out, 'NOTES:\nThanks for c.\n\n')
    assert.match(
      (await cluster.helm('get', 'manifest', 'ours')).out,
      /^---\n# Source: c\/templates\/conf.yaml\napiVersion: v1/,
    )
    const folder = await cluster.chartFolder('c', files)
    assert.equal((await cluster.helm('upgrade', 'ours', folder, '--set', 'color=blue')).code, 0)
    assert.deepEqual(await configMap('ours-conf'), { color: 'blue', by: '2' })
    assert.equal((await cluster.helm('rollback', 'ours', '1')).code, 0)
    assert.deepEqual(await configMap('ours-conf'), { color: 'green', by: '1' })
    const history = (await helmJson('history', 'ours')) as Record<string, unknown>[]
    assert.deepEqual(
      history.map(({ revision, status, description }) => [revision, status, description]),
      [
        [1, 'superseded', 'Install complete'],
        [2, 'superseded', 'Upgrade complete'],
        [3, 'deployed', 'Rollback to 1'],
      ],
    )
    assert.equal((await cluster.helm('uninstall', 'ours')).out, 'release "ours" uninstalled\n')
    assert.equal(await configMap('ours-conf'), undefined)
  })
})

describe('what helm installs', () => {
  test('we upgrade, roll back and uninstall', async () => {
    const folder = await cluster.chartFolder('c', files)
    assert.equal((await cluster.helm('install', 'theirs', folder)).code, 0)
    const options = cluster.options('theirs')
    const chart = await cluster.chart('c', files)
    await upgrade({ ...options, chart, values: { color: 'blue' } })
    assert.deepEqual(await configMap('theirs-conf'), { color: 'blue', by: '2' })
    await rollback(options)
    assert.deepEqual(await configMap('theirs-conf'), { color: 'red', by: '1' })
    const history = (await helmJson('history', 'theirs')) as Record<string, unknown>[]
    assert.deepEqual(
      history.map(({ revision, status, description }) => [revision, status, description]),
      [
        [1, 'superseded', 'Install complete'],
        [2, 'superseded', 'Upgrade complete'],
        [3, 'deployed', 'Rollback to 1'],
      ],
    )
    await uninstall(options)
    assert.equal(await configMap('theirs-conf'), undefined)
    assert.deepEqual(await helmJson('list', '--filter', '^theirs$'), [])
  })
})
