import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const main = join(import.meta.dirname, '../main.ts')

function sluice(args: string[], stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, 'build', 'kustomization', ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end(stdin)
  })
}

async function folderOf(context: TestContext, files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-build-'))
  context.after(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n'
const plain = { 'kustomization.yaml': 'resources: [c.yaml]\n', 'c.yaml': configMap }

test('a directory, a file for the output, a directory for it', async context => {
  const root = await folderOf(context, { ...plain, 'out/.keep': '' })
  assert.deepEqual(await sluice([root]), { code: 0, stdout: configMap, stderr: '' })
  assert.equal((await sluice([root, '-o', join(root, 'out')])).stdout, '')
  assert.deepEqual((await readdir(join(root, 'out'))).sort(), ['.keep', 'v1_configmap_c.yaml'])
})

test('a kustomization on standard input', async () => {
  const { stdout } = await sluice(['-'], 'configMapGenerator: [{name: c, options: {disableNameSuffixHash: true}}]\n')
  assert.equal(stdout, configMap)
})

test('the label of who manages', async context => {
  const { stdout } = await sluice([await folderOf(context, plain), '--enable-managedby-label'])
  assert.match(stdout, /labels:\n {4}app\.kubernetes\.io\/managed-by: kustomize-v5\.7\.1\n/)
})

test('deprecated fields are told on standard error', async context => {
  const root = await folderOf(context, { ...plain, 'kustomization.yaml': 'bases: []\nresources: [c.yaml]\n' })
  const { stdout, stderr } = await sluice([root])
  assert.equal(stdout, configMap)
  assert.match(stderr, /^# Warning: 'bases' is deprecated\. Please use 'resources' instead\./)
})

test('options that let a build run programs are refused, each with the reason', async context => {
  const root = await folderOf(context, plain)
  const refused = ['--helm-command=x', '--enable-alpha-plugins', '--enable-exec', '--enable-star', '--as-current-user']
  for (const option of [...refused, '--mount=type=bind', '--network', '--network-name=x', '-e=A=b', '--env=A=b']) {
    const { code, stdout, stderr } = await sluice([root, option])
    assert.deepEqual([code, stdout], [2, ''], option)
    assert.match(stderr, /--[a-z-]+ is not supported: \w/, option)
  }
})

test('charts of a repository are pulled, with --enable-helm alone', async context => {
  const chart = await folderOf(context, {
    'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.0\n',
    'web/values.yaml': 'a: 1\n',
    'web/templates/c.yaml': `${configMap}data:\n  a: "{{ .Values.a }} {{ .Chart.Version }}"\n`,
  })
  const archive = execFileSync('tar', ['-cz', '-C', chart, 'web'])
  const index = `apiVersion: v1
entries:
  web:
  - {name: web, version: 1.2.0, urls: [web-1.2.0.tgz]}
  - {name: web, version: 2.0.0-rc.1, urls: [gone.tgz]}
`
  const server = createServer((request, response) => {
    if (request.url === '/charts/index.yaml') response.end(index)
    else if (request.url === '/charts/web-1.2.0.tgz') response.end(archive)
    else response.writeHead(404).end()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  context.after(() => server.close())
  const address = server.address()
  const repo = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/charts`
  const kustomization = (more: string) => `helmCharts:\n- {name: web, releaseName: r, repo: "${repo}"${more}}\n`
  const root = await folderOf(context, { 'kustomization.yaml': kustomization(', valuesInline: {a: 2}') })
  const { stdout, stderr } = await sluice([root, '--enable-helm'])
  assert.equal(stderr, '')
  assert.match(stdout, /a: 2 1\.2\.0/)
  assert.match((await sluice([root])).stderr, /must specify --enable-helm/)
  assert.match((await sluice([root, '--enable-helm', '--no-remote'])).stderr, /chart 'web' of .* is not allowed here/)
  const wrong = await folderOf(context, { 'kustomization.yaml': kustomization(', version: 9.0.0') })
  assert.match((await sluice([wrong, '--enable-helm'])).stderr, /no 'web' chart with version matching '9\.0\.0' found/)
})
