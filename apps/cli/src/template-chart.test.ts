import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const main = join(import.meta.dirname, 'main.ts')

interface Ended {
  code: number
  stdout: string
  stderr: string
}

function sluice(...args: string[]): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(child.exitCode) : 0, stdout, stderr }),
    )
  })
}

async function folderOf(context: TestContext, files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-template-'))
  context.after(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

const files = {
  'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'web/values.yaml': 'a: chart\nb: chart\nc: chart\nd: chart\n',
  'web/templates/a.yaml': [
    'kind: A',
    'name: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsUpgrade }}',
    'values: {{ .Values.a }} {{ .Values.b }} {{ .Values.c }} {{ .Values.d }}',
  ].join('\n'),
  'web/templates/b.yaml': 'kind: B\nversion: {{ .Capabilities.KubeVersion }}\n',
  'one.yaml': 'a: one\nb: one\n',
  'two.yaml': 'b: two\n',
  'content.txt': 'content',
}

test('values come from files, later ones first, then from options', async context => {
  const root = await folderOf(context, files)
  const args = ['-f', `${join(root, 'one.yaml')},${join(root, 'two.yaml')}`, '--set', 'c=1,d=2', '-n', 'prod']
  const { stdout, stderr, code } = await sluice(
    ...['template', 'rel', join(root, 'web'), ...args, '--set-file', `d=${join(root, 'content.txt')}`, '--is-upgrade'],
    ...['--show-only', 'templates/a.yaml'],
  )
  assert.deepEqual(
    { stdout, stderr, code },
    {
      stdout: '---\n# Source: web/templates/a.yaml\nkind: A\nname: rel prod true\nvalues: one two 1 content\n',
      stderr: '',
      code: 0,
    },
  )
})

test('a release needs no name, and files may take what is rendered', async context => {
  const root = await folderOf(context, files)
  const out = join(root, 'out')
  const { code } = await sluice('template', join(root, 'web'), '--output-dir', out, '--kube-version', '1.30')
  assert.equal(code, 0)
  assert.equal((await sluice('template', join(root, 'web'), '--kube-version', '')).code, 0)
  assert.match(await readFile(join(out, 'web/templates/a.yaml'), 'utf8'), /^name: release-name default false$/m)
  assert.match(await readFile(join(out, 'web/templates/b.yaml'), 'utf8'), /^version: v1\.30$/m)
})

test('what is wrong is said', async context => {
  const root = await folderOf(context, files)
  const nowhere = await sluice('template', 'rel', join(root, 'none'))
  assert.deepEqual([nowhere.code, nowhere.stderr], [1, `✗ path "${join(root, 'none')}" not found\n`])
  const unreadable = await sluice('template', 'rel', join(root, 'web'), '--set', 'secret')
  assert.equal(unreadable.code, 1)
  assert.match(unreadable.stderr, /^✗ failed parsing --set data of secret: key "secret" has no value$/m)
  const version = await sluice('template', 'rel', join(root, 'web'), '--kube-version', 'new')
  assert.match(version.stderr, /invalid kube version 'new'/)
  const foreign = await folderOf(context, { 'x/Chart.yaml': 'apiVersion: v9\nname: x\nversion: 1.0.0\n' })
  const unsupported = await sluice('template', join(foreign, 'x'))
  assert.match(unsupported.stderr, /^✗ unsupported chart version: apiVersion v9 /)
  const file = await sluice('template', 'rel', join(root, 'web'), '-f', join(root, 'none.yaml'))
  assert.deepEqual([file.code, file.stderr], [1, `✗ open ${join(root, 'none.yaml')}: no such file or directory\n`])
  const list = await sluice('template', 'rel', join(root, 'web'), '-f', join(root, 'web'))
  assert.deepEqual([list.code, list.stderr], [1, `✗ read ${join(root, 'web')}: is a directory\n`])
})

test('the values of a chart, and where each comes from', async context => {
  const subchart = {
    'web/charts/db/Chart.yaml': 'name: db\nversion: 1.0.0\n',
    'web/charts/db/values.yaml': 'port: 1\n',
  }
  const root = await folderOf(context, { ...files, ...subchart })
  const args = ['values', 'chart', join(root, 'web'), '-f', join(root, 'one.yaml'), '--set', 'c=1,n.x=null,d=null']
  const { stdout, stderr, code } = await sluice(...args)
  assert.deepEqual(
    [code, stderr, stdout],
    [0, '', 'a: one\nb: one\nc: 1\ndb:\n  global: {}\n  port: 1\n"n":\n  x: null\n'],
  )
  const explained = await sluice(...args, '--explain')
  assert.deepEqual(explained.stdout.split('\n').sort(), [
    '',
    `a: "one"  # ${join(root, 'one.yaml')}`,
    `b: "one"  # ${join(root, 'one.yaml')}`,
    'c: 1  # --set c',
    'db.global: {}  # global values',
    'db.port: 1  # charts/db/values.yaml',
    'n.x: null  # --set c',
  ])
})
