/** The flags of `sluice template` beside those of the real helm, on the same charts, repository and cluster. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient } from '@sluice/kube'
import { helm as helmBinary } from '../../../../scripts/test-tools.mjs'
import { type Ended, runProgram, writeFiles } from '../testing/run-program.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

describe('sluice template beside helm', () => {
  let root: string
  let helm: string
  let server: Server
  let url: string
  let kubeconfig: string
  let stop: () => Promise<void>
  let asked: string[] = []
  const run = (command: string, ...args: string[]) => {
    const { KUBECONFIG: _, HELM_NAMESPACE: __, ...inherited } = process.env
    const env = { ...inherited, HOME: root, XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined }
    return runProgram({ env, cwd: root }, command, args)
  }
  const ours = (...args: string[]) => run(process.execPath, main, 'template', ...args)
  const real = (...args: string[]) => run(helm, 'template', ...args)
  const write = (files: Record<string, string>) => writeFiles(root, files)
  /** Both end the same way; messages without what only one of them adds. */
  async function same(...args: string[]): Promise<Ended> {
    const [mine, wanted] = await Promise.all([ours(...args), real(...args)])
    assert.equal(mine.stdout, wanted.stdout, `${args.join(' ')}: ${mine.stderr}`)
    assert.equal(mine.code, wanted.code, `${args.join(' ')}: ${mine.stderr} ${wanted.stderr}`)
    return mine
  }

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-helm-flags-'))
    helm = await helmBinary()
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? '-'}`)
      readFile(join(root, 'served', request.url ?? '')).then(
        bytes => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    await write({
      'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'web/values.yaml': 'a: chart\nb: null\n',
      'web/crds/one.yaml': 'kind: CustomResourceDefinition\nmetadata:\n  name: one\n',
      'web/templates/a.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}"
  labels: {z: '1', a: "2"}
data:
  namespace: {{ .Release.Namespace }}
  upgrade: "{{ .Release.IsUpgrade }} {{ .Release.Revision }}"
  version: {{ .Chart.Version }}
  a: {{ .Values.a | quote }}
`,
      'web/templates/b.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n---\nkind: C\nmetadata: {name: c}\n',
      'web/templates/hook.yaml': 'kind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: pre-install\n',
      'web/templates/test.yaml': 'kind: Pod\nmetadata:\n  name: t\n  annotations:\n    helm.sh/hook: test\n',
      'broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 1.0.0\n',
      'broken/templates/a.yaml': 'a: b: c\n',
      'served/v.yaml': 'a: fetched\n',
      'one.yaml': 'a: file\n',
    })
    for (const version of ['1.0.0', '1.2.0', '2.0.0-rc.1']) {
      await cp(join(root, 'web'), join(root, `src/${version}`), { recursive: true })
      await write({ [`src/${version}/Chart.yaml`]: `apiVersion: v2\nname: web\nversion: ${version}\n` })
      await run(helm, 'package', `src/${version}`, '-d', 'served')
    }
    await run(helm, 'repo', 'index', 'served')
    const cluster = await startDevCluster({ dataDir: join(root, 'cluster'), workloads: false, node: false })
    stop = () => cluster.close()
    kubeconfig = join(root, 'kubeconfig')
    await writeFile(kubeconfig, cluster.kubeconfig)
    const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken', namespace: 'default' } })
    client.transport.close()
  })
  after(async () => {
    server.close()
    await stop()
    await rm(root, { recursive: true })
  })

  const rendered: string[][] = [
    ['web'],
    ['rel', 'web', '-n', 'ns'],
    ['web', '-g'],
    ['--name-template', '{{ "X" | lower }}-{{ add 1 2 }}', 'web'],
    ['web', '--dry-run'],
    ['--dry-run', 'web'],
    ['web', '--dry-run=true'],
    ['--wait', 'web'],
    ['web', '--wait=legacy', '--wait-for-jobs', '--timeout', '1m30s', '-l', 'a=b,c=d', '--description', 'x'],
    ['web', '--create-namespace', '--force-conflicts', '--server-side=false', '--replace', '--rollback-on-failure'],
    ['web', '--include-crds', '--skip-crds'],
    ['web', '--include-crds=false'],
    ['web', '--include-crds', '--no-hooks=true'],
    ['web', '--no-hooks', '--no-hooks=false'],
    ['web', '--skip-tests', '--is-upgrade', '--hide-notes', '--render-subchart-notes'],
    ['web', '-s', 'templates/b.yaml', '--show-only', 'templates/a.yaml'],
    ['web', '-s', 'templates/none.yaml'],
    ['web', '-f', 'one.yaml', '--set', 'a=set', '--set-string', 'a=1'],
    ['web', '-f=one.yaml', '-n=ns', '--set=a=1=2', '--set-string=a='],
    ['web', '--set-literal', 'a=x,y', '--burst-limit', '3', '--qps', '2.5', '--color', 'never'],
    ['web', '--version', '9.9.9', '--devel'],
    ['served/web-1.2.0.tgz'],
    ['./none'],
    ['none'],
    ['nobody/none'],
    ['BAD', 'web'],
  ]
  for (const args of rendered) test(`with ${args.join(' ')}`, async () => void (await same(...args)))

  test('values and charts by address', async () => {
    await same('web', '-f', `${url}/v.yaml`, '--set-file', `c=${url}/v.yaml`)
    await same('rel', `${url}/web-1.2.0.tgz`)
    await same('rel', `${url}/none.tgz`)
  })

  test('charts of a repository by name and range, with a login', async () => {
    await same('rel', 'web', '--repo', url)
    await same('rel', 'web', '--repo', url, '--version', '<1.2')
    await same('rel', 'web', '--repo', url, '--devel')
    await same('rel', 'web', '--repo', url, '--version', '9.x')
    await same('rel', 'none', '--repo', url)
    asked = []
    await ours('rel', 'web', '--repo', url, '--username', 'user', '--password', 'pass')
    const login = `Basic ${Buffer.from('user:pass').toString('base64')}`
    assert.deepEqual(asked, [`/index.yaml ${login}`, `/web-1.2.0.tgz ${login}`])
  })

  test('charts of the repositories that helm knows', async () => {
    assert.equal((await run(helm, 'repo', 'add', 'mine', url)).code, 0)
    await same('rel', 'mine/web')
    await same('rel', 'mine/web', '--version', '1.0.x')
    await same('rel', 'mine/none')
    const config = join(root, '.config/helm/repositories.yaml')
    const elsewhere = join(root, 'elsewhere.yaml')
    await cp(config, elsewhere)
    await same('rel', 'mine/web', '--repository-config', elsewhere)
  })

  test('dependencies that are missing are fetched when wanted', async () => {
    const text = `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: web, version: 1.x, repository: "${url}"}\n`
    await write({ 'app/Chart.yaml': text, 'app-real/Chart.yaml': text })
    const missing = await ours('app')
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /found in Chart\.yaml, but missing in charts\/ directory: web/)
    const [mine, wanted] = await Promise.all([
      ours('app', '--dependency-update'),
      real('app-real', '--dependency-update'),
    ])
    assert.equal(mine.code, 0, mine.stderr)
    assert.deepEqual(await readdir(join(root, 'app/charts')), await readdir(join(root, 'app-real/charts')))
    // Helm tells of its work among the manifests.
    assert.equal(mine.stdout, wanted.stdout.slice(wanted.stdout.indexOf('---\n')))
    assert.match(mine.stderr, /^Saving 1 charts$/m)
  })

  test('files instead of output', async () => {
    for (const more of [[], ['--release-name'], ['--include-crds', '--release-name'], ['--no-hooks']]) {
      const [mine, wanted] = await Promise.all([
        ours('rel', 'web', '--output-dir', 'mine', ...more),
        real('rel', 'web', '--output-dir', 'wanted', ...more),
      ])
      assert.equal(mine.stdout, wanted.stdout.replaceAll('wrote wanted', 'wrote mine'))
      const files = (await readdir(join(root, 'wanted'), { recursive: true })).sort()
      assert.deepEqual((await readdir(join(root, 'mine'), { recursive: true })).sort(), files)
      for (const file of files.filter(path => path.endsWith('.yaml'))) {
        const texts = await Promise.all(['mine', 'wanted'].map(folder => readFile(join(root, folder, file), 'utf8')))
        assert.equal(texts[0], texts[1], file)
      }
      await Promise.all(['mine', 'wanted'].map(folder => rm(join(root, folder), { recursive: true })))
    }
  })

  test('a post-renderer that helm has as a plugin', async () => {
    const folder = join(root, '.local/share/helm/plugins/mark')
    await write({
      '.local/share/helm/plugins/mark/plugin.yaml': `apiVersion: v1
type: postrenderer/v1
name: mark
version: 0.1.0
runtime: subprocess
runtimeConfig:
  platformCommand:
  - command: \${HELM_PLUGIN_DIR}/mark.sh
    args: ["data:"]
`,
      '.local/share/helm/plugins/mark/mark.sh': '#!/bin/sh\nsed "s/^$1/$1\\n  added: ${2:-always}/"\n',
      'plain/Chart.yaml': 'apiVersion: v2\nname: plain\nversion: 1.0.0\n',
      'plain/templates/a.yaml': 'kind: ConfigMap\nmetadata:\n  name: z\ndata:\n  b: x\n  a: w\n',
      'plain/templates/b.yaml': 'kind: Secret\nmetadata:\n  name: s\n',
    })
    await chmod(join(folder, 'mark.sh'), 0o755)
    const { stdout } = await same('plain', '--post-renderer', 'mark')
    assert.match(stdout, /^ {2}added: always$/m)
    await same('plain', '--post-renderer', 'mark', '--post-renderer-args', 'never')
    const none = await ours('plain', '--post-renderer', 'none')
    assert.deepEqual([none.code, none.stdout], [2, ''])
    assert.match(none.stderr, /plugin: \{Name:none Type:postrenderer\/v1\} not found/)
  })

  test('what is no YAML is shown when asked', async () => {
    const { stdout, stderr } = await same('broken', '--debug')
    assert.match(stdout, /^a: b: c$/m)
    assert.match(stderr, /YAML parse error on broken\/templates\/a\.yaml/)
    assert.equal((await same('broken')).stdout, '')
  })

  test('the cluster says what it is and has', async () => {
    await write({
      'live/Chart.yaml': 'apiVersion: v2\nname: live\nversion: 1.0.0\n',
      'live/templates/a.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  version: {{ .Capabilities.KubeVersion }}
  served: "{{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "none/v1" }}"
  found: {{ (lookup "v1" "ConfigMap" "default" "taken").metadata.name | quote }}
`,
      'odd/Chart.yaml': 'apiVersion: v2\nname: odd\nversion: 1.0.0\n',
      'odd/templates/a.yaml': 'apiVersion: none.io/v1\nkind: Odd\nmetadata:\n  name: odd\n',
    })
    const at = ['--kubeconfig', kubeconfig]
    const { stdout } = await same('rel', 'live', '--dry-run=server', ...at)
    assert.match(stdout, /^ {2}found: "taken"$/m)
    await same('rel', 'live', '--validate', ...at)
    await same('rel', 'live', ...at)
    await same('rel', 'live', '--dry-run=server', '--is-upgrade', '--api-versions', 'none/v1', ...at)
    const taken = await same('taken', 'live', '--dry-run=server', ...at)
    assert.match(taken.stderr, /ConfigMap "taken" in namespace "default" exists and cannot be imported/)
    await same('taken', 'live', '--dry-run=server', '--take-ownership', ...at)
    const odd = await same('rel', 'odd', '--dry-run=server', ...at)
    assert.match(odd.stderr, /resource mapping not found for name: "odd"/)
    const nobody = await ours('rel', 'live', '--dry-run=server', '--kube-apiserver', 'http://127.0.0.1:1', ...at)
    assert.equal(nobody.code, 1)
    assert.match(nobody.stderr, /cluster reachability check failed: kubernetes cluster unreachable/)
  })

  const refused: [said: RegExp, ...args: string[]][] = [
    [/signatures of charts are not checked here/, 'web', '--verify'],
    [/--show-only chooses what is printed/, 'web', '-s', 'templates/a.yaml', '--output-dir', 'x'],
    [/Must be|must be "server" or "client"/, 'web', '--dry-run=none'],
    [/Valid inputs are watcher, hookOnly, and legacy/, 'web', '--wait=no'],
    [/a must be formatted as key=value/, 'web', '-l', 'a'],
    [/system reserved label name/, 'web', '-l', 'owner=x'],
    [/It is no duration/, 'web', '--timeout', 'soon'],
    [/neither true nor false/, 'web', '--include-crds=perhaps'],
    [/cannot be used with option/, 'web', '--force-replace', '--force-conflicts'],
    [/cannot be used with option/, 'web', '--validate', '--dry-run=client'],
    [/cannot set --generate-name and also specify a name/, 'rel', 'web', '-g'],
    [/cannot set --name-template and also specify a name/, 'rel', 'web', '--name-template', 'x'],
    [/unexpected arguments: c/, 'a', 'b', 'c'],
    [/unknown option '--nothing'/, 'web', '--nothing'],
  ]
  for (const [said, ...args] of refused) {
    test(`${args.join(' ')} is refused`, async () => {
      const { code, stdout, stderr } = await ours(...args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, said)
    })
  }

  test('every flag of helm is known', async () => {
    const [theirs, mine] = await Promise.all([real('--help'), ours('--help')])
    const flags = (text: string) => new Set(text.match(/(?<=^ {2}.{0,4})--[a-z-]+/gm))
    const known = flags(mine.stdout)
    const missing = [...flags(theirs.stdout)].filter(flag => !known.has(flag) && !hidden.has(flag))
    assert.deepEqual(missing, [])
  })
})

/** Known, and left out of the help: refused, or of no effect in helm either. */
const hidden = new Set(['--keyring', '--verify', '--hide-notes', '--render-subchart-notes'])
