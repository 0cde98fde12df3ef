import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { loadChart } from './load-chart.ts'
import { readChartArchive, readChartDirectory } from './read-chart.ts'
import { filesOf } from './testing/chart-named.ts'

async function archiveOf(files: Record<string, string>): Promise<Uint8Array> {
  const tar = pack()
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text)
  tar.finalize()
  const parts: Uint8Array[] = []
  for await (const part of tar) if (part instanceof Uint8Array) parts.push(part)
  return gzipSync(Buffer.concat(parts))
}

test('files find their place in the chart', async () => {
  const chart = await loadChart(
    filesOf({
      'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 1.10\nunknown: x\n',
      'values.yaml': 'a: 1\nb: {c: 1}\n---\nb: {d: 2}\n',
      'templates/a.yaml': 'x',
      'crds/c.yaml': 'y',
      'README.md': 'z',
      'charts/_loose.txt': 'nothing',
      'charts/_hidden/Chart.yaml': 'nothing',
      'charts/db/Chart.yaml': 'name: db\nversion: v1\n',
      'charts/db/templates/b.yaml': 'x',
    }),
  )
  assert.equal(chart.metadata.appVersion, '1.1')
  assert.deepEqual(chart.values, { a: 1, b: { c: 1, d: 2 } })
  assert.deepEqual(
    chart.templates.map(file => file.path),
    ['templates/a.yaml'],
  )
  assert.deepEqual(
    chart.files.map(file => file.path),
    ['crds/c.yaml', 'README.md'],
  )
  assert.deepEqual(
    chart.subcharts.map(sub => [sub.metadata.name, sub.metadata.apiVersion]),
    [['db', 'v1']],
  )
})

test('an archive loses its first folder, and may be a subchart', async () => {
  const inner = await archiveOf({ 'x/Chart.yaml': 'name: db\nversion: 1.0.0\n', 'x/values.yaml': 'port: 1\n' })
  const chart = await loadChart([...filesOf({}), { path: 'charts/db-1.0.0.tgz', content: inner }])
  assert.deepEqual(
    chart.subcharts.map(sub => sub.values),
    [{ port: 1 }],
  )
})

test('requirements.yaml names dependencies of old charts', async () => {
  const chart = await loadChart(
    filesOf({
      'Chart.yaml': 'name: web\nversion: 1.0.0\n',
      'requirements.yaml':
        'dependencies:\n- name: db\n  version: 1.x\n  tags: [a]\n  import-values: [x, {child: a, parent: b}]\n',
    }),
  )
  assert.deepEqual(chart.metadata.dependencies, [
    {
      name: 'db',
      version: '1.x',
      repository: '',
      condition: '',
      tags: ['a'],
      importValues: ['x', { child: 'a', parent: 'b' }],
      alias: '',
    },
  ])
})

const refusals: [name: string, files: Record<string, string>, message: RegExp][] = [
  ['a chart without a name', { 'Chart.yaml': 'version: 1.0.0' }, /^validation: chart\.metadata\.name is required$/],
  ['a chart without a version', { 'Chart.yaml': 'name: a' }, /^validation: chart\.metadata\.version is required$/],
  ['a version that is none', { 'Chart.yaml': 'name: a\nversion: one' }, /version "one" is invalid$/],
  ['an unknown type', { 'Chart.yaml': 'name: a\nversion: 1.0.0\ntype: x' }, /must be application or library$/],
  ['values that are a list', { 'values.yaml': '- a' }, /^cannot load values\.yaml: .*cannot unmarshal array/],
  [
    'a subchart without Chart.yaml',
    { 'charts/db/values.yaml': '' },
    /subchart db in web: Chart\.yaml file is missing$/,
  ],
  ['a loose file among subcharts', { 'charts/a.txt': '' }, /subchart a\.txt in web: Chart\.yaml file is missing$/],
  [
    'a dependency that is nothing',
    { 'Chart.yaml': 'name: a\nversion: 1.0.0\ndependencies: [null]' },
    /^validation: dependencies must not contain empty or null nodes$/,
  ],
  [
    'a flag that is a text',
    { 'Chart.yaml': 'name: a\nversion: 1.0.0\ndeprecated: "true"' },
    /^cannot load Chart\.yaml: deprecated must be true or false, not a string$/,
  ],
  [
    'a Chart.yaml that is no YAML',
    { 'Chart.yaml': 'name: a\nversion: [' },
    /^cannot load Chart\.yaml: error converting YAML to JSON: yaml: line 2: did not find expected node content$/,
  ],
]

for (const [name, files, message] of refusals) {
  test(`${name} is refused`, () => assert.rejects(loadChart(filesOf(files)), { name: 'HelmError', message }))
}

test('a chart without Chart.yaml is refused', () =>
  assert.rejects(loadChart([]), { message: 'Chart.yaml file is missing' }))

const hostile: [entries: Record<string, string>, message: string][] = [
  [{ 'a/../../b': '' }, 'chart illegally references parent directory'],
  [{ 'a//b': '' }, 'chart illegally contains absolute paths'],
  [{ 'Chart.yaml': '' }, 'chart yaml not in base directory'],
  [{ 'a/c:/b': '' }, 'chart contains illegally named files'],
]

for (const [entries, message] of hostile) {
  test(`an archive with ${Object.keys(entries)[0]} is refused`, async () =>
    assert.rejects(readChartArchive(await archiveOf(entries)), { name: 'HelmError', message }))
}

test('.helmignore leaves files of a directory out', async context => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-helm-'))
  context.after(() => rm(root, { recursive: true }))
  const files = {
    '.helmignore': '# remark\n*.bak\n/docs\nci/\na/b.txt\n',
    'Chart.yaml': 'name: web\nversion: 1.0.0\n',
    'x.bak': '',
    'sub/y.bak': '',
    'docs/z': '',
    'sub/docs/z': '',
    'ci/values.yaml': '',
    'a/b.txt': '',
    'templates/.hidden': '',
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const read = await readChartDirectory(root)
  assert.deepEqual(
    read.map(file => file.path),
    ['.helmignore', 'Chart.yaml', 'sub/docs/z'],
  )
})
