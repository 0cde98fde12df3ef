/** Records are Helm's to the byte: what the real helm wrote, read and written again, is the same text. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { install } from '../action/install.ts'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { decodeRecord, encodeRecord, recordJson } from './encode-record.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const files = {
  'Chart.yaml': `apiVersion: v2
name: c
version: 1.0.0
description: "Has <signs> & \\u2028"
keywords: [one, two]
home: https://example.com
sources: [https://example.com/a]
maintainers: [{name: Me, email: me@example.com}]
annotations: {b: "2", a: "1"}
dependencies:
- {name: sub, version: 1.x.x, repository: "file://../sub", alias: other, tags: [t], condition: other.enabled, import-values: [data]}
- {name: gone, version: 1.0.0, repository: "", condition: gone.enabled}
`,
  'Chart.lock': `dependencies:
- {name: sub, version: 1.0.0, repository: "file://../sub"}
digest: sha256:abc
generated: "2024-01-02T03:04:05.678Z"
`,
  'values.yaml':
    'text: "<b> & ü 💡"\nsmall: 0.000001\nlarge: 12345678901\nfloat: 1.5\ndeep: {z: 1, a: [1, null, {k: v}]}\nother: {enabled: true}\ngone: {enabled: false}\n',
  'values.schema.json': '{"type": "object"}',
  'README.md': '# Readme\n',
  'templates/NOTES.txt': 'Notes & more\n',
  'templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: {{ .Values.text | quote }}\n',
  'templates/h.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: pre-install,test\n    helm.sh/hook-weight: "-3"\n    helm.sh/hook-delete-policy: hook-succeeded\n    helm.sh/hook-output-log-policy: hook-failed\n',
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'charts/sub/values.yaml': 'exports: {data: {imported: 1}}\n',
  'charts/gone/Chart.yaml': 'apiVersion: v2\nname: gone\nversion: 1.0.0\n',
}

async function storedText(name: string): Promise<string> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: `sh.helm.release.v1.${name}.v1` }
  const { data } = await cluster.client.get(ref)
  const release = typeof data === 'object' && data !== null && 'release' in data ? String(data.release) : ''
  return Buffer.from(release, 'base64').toString('latin1')
}

const jsonOf = (text: string): string => gunzipSync(Buffer.from(text, 'base64')).toString('utf8')
/** Times, those of files too. */
const timeless = (json: string): string => json.replaceAll(/"(?:,"modtime":)?"?\d{4}-\d\d-\d\dT[\d:.]+Z?"/g, '"<time>"')

test('what helm wrote is written the same', async () => {
  const folder = await cluster.chartFolder('c', files)
  const values = ['--set', 'int=3,list={a,b},nothing=null', '--set-json', 'x={"n":[1.25,true]}']
  const { err, code } = await cluster.helm('install', 'bytes', folder, '--description', 'A <b> & c', ...values)
  assert.equal(code, 0, err)
  const text = await storedText('bytes')
  const record = decodeRecord(text)
  assert.equal(recordJson(record), jsonOf(text))
  assert.deepEqual(decodeRecord(encodeRecord(record)), record)
  await cluster.helm('uninstall', 'bytes')
})

test('what we write of a chart is what helm writes of it', async () => {
  const folder = await cluster.chartFolder('c', files)
  assert.equal((await cluster.helm('install', 'same', folder, '--set', 'int=3')).code, 0)
  const theirs = jsonOf(await storedText('same'))
  assert.equal((await cluster.helm('uninstall', 'same')).code, 0)
  const chart = await cluster.chart('c', files)
  await install({ ...cluster.options('same'), chart, values: { int: 3 }, helmVersion: '4.1' })
  const ours = jsonOf(await storedText('same'))
  assert.equal(timeless(ours), timeless(theirs.replaceAll(/,"modtime":"[^"]*"/g, '')))
})
