import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { realKustomize, withoutKubectl } from '../testing/kubectl-kustomize.ts'
import { type BuildOptions, build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { helmTemplates } from './helm-templates.ts'
import { KustomizeError } from './kustomize-error.ts'

/** A chart with what kustomize must treat with care: a hook, a test, a definition, a subchart, ignored files, notes. */
const chart: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\ndependencies: [{name: sub, version: 0.1.0}]\n',
  'values.yaml': 'size: 1\nlist: [a, b]\nmap: {one: 1, two: 2}\nlabel: "on"\n',
  '.helmignore': '*.bak\n',
  'templates/broken.bak': '{{ nonsense',
  'templates/NOTES.txt': 'nothing for kustomize',
  'templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  namespace: {{ .Release.Namespace }}
  version: {{ .Capabilities.KubeVersion.Version }}
  known: "{{ .Capabilities.APIVersions.Has "shop.example/v1" }}"
  values: |
    {{- toYaml .Values | nindent 4 }}
`,
  'templates/pod.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
spec:
  containers:
  - name: main
    image: nginx
    envFrom: [{configMapRef: {name: {{ .Release.Name }}-config}}]
`,
  'templates/hook.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {helm.sh/hook: pre-install}
`,
  'templates/test.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
`,
  'crds/shops.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.shop.example}
`,
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
  'charts/sub/templates/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: sub}\n',
}

const release = (more: string) => `helmCharts:\n- name: web\n  releaseName: shop\n${more.replace(/^(?=.)/gm, '  ')}`

const cases: Record<string, Record<string, string>> = {
  'a chart with hooks, tests and a subchart': { 'kustomization.yaml': release('') },
  'definitions, no tests': { 'kustomization.yaml': release('includeCRDs: true\nskipTests: true\n') },
  'no hooks': { 'kustomization.yaml': release('skipHooks: true\n') },
  'a namespace of the chart and one of the kustomization': {
    'kustomization.yaml': `namespace: all\n${release('namespace: own\n')}`,
  },
  'inline values over the file': {
    'kustomization.yaml': release(
      'valuesInline: {size: 1000000, list: [c], map: {one: null, three: 3}, label: yes, new: "1e3"}\n',
    ),
  },
  'the file over inline values': {
    'kustomization.yaml': release('valuesMerge: merge\nvaluesInline: {size: 5, map: {one: 11, three: 3}, new: x}\n'),
  },
  'inline values alone': { 'kustomization.yaml': release('valuesMerge: replace\nvaluesInline: {map: {two: null}}\n') },
  'values files': {
    'kustomization.yaml': release('valuesFile: a.yaml\nadditionalValuesFiles: [b.yaml]\nvaluesInline: {size: 3}\n'),
    'a.yaml': 'size: 7 # many\nmap: {one: 7}\n',
    'b.yaml': 'map: {one: 8}\nlist: []\n',
  },
  'capabilities of a cluster': {
    'kustomization.yaml': release('kubeVersion: "1.29"\napiVersions: [shop.example/v1]\n'),
  },
  'a name from a template': {
    'kustomization.yaml': `helmCharts:\n- name: web\n  nameTemplate: '{{ "A" | lower }}-b'\n`,
  },
  'no name at all': { 'kustomization.yaml': 'helmCharts:\n- name: web\n' },
  'names, labels and patches on what was rendered': {
    'kustomization.yaml': `namePrefix: p-
labels: [{pairs: {team: a}, includeTemplates: true}]
images: [{name: nginx, newTag: "9"}]
${release('')}patches:
- target: {kind: Job}
  patch: '[{"op": "add", "path": "/spec", "value": {"suspend": true}}]'
`,
  },
  'the generator plugin': {
    'kustomization.yaml': 'generators: [plugin.yaml]\n',
    'plugin.yaml': `apiVersion: builtin
kind: HelmChartInflationGenerator
metadata: {name: any}
name: web
releaseName: shop
chartHome: charts
valuesInline: {size: 2}
`,
  },
  'the legacy field': {
    'kustomization.yaml': `helmChartInflationGenerator:
- {chartName: web, releaseName: old, chartHome: charts, values: v.yaml, valuesLocal: {size: 2}}
`,
    'v.yaml': 'list: [v]\n',
  },
  origins: { 'kustomization.yaml': `buildMetadata: [originAnnotations]\n${release('')}` },
}

const refused: [what: string, kustomization: string, message: RegExp][] = [
  ['a chart that is not there', 'helmCharts: [{name: none}]\n', /no repo specified for pull, no chart found at/],
  ['a chart without a name', 'helmCharts: [{releaseName: x}]\n', /chart name cannot be empty/],
  ['an unknown way to merge', release('valuesMerge: both\n'), /valuesMerge must be one of \[merge override replace\]/],
  [
    'a missing file of more values',
    release('additionalValuesFiles: [no.yaml]\n'),
    /could not load additionalValuesFile/,
  ],
  ['a missing values file', release('valuesFile: no.yaml\n'), /no\.yaml: no such file or directory/],
  ['a values file outside', release('valuesFile: ../v.yaml\n'), /v\.yaml/],
  ['a name and a template', release('nameTemplate: x\n'), /cannot set --name-template and also specify a name/],
  ['a name that is none', 'helmCharts: [{name: web, releaseName: A_b}]\n', /invalid release name/],
  ['a version that is none', release('kubeVersion: abc\n'), /invalid kube version 'abc'/],
  [
    'the same object twice',
    `${release('')}- {name: web, releaseName: two}\n`,
    /exists; behavior must be merge or replace/,
  ],
]

function treeOf(files: Record<string, string>): Map<string, string> {
  const charts = Object.entries(chart).map(([path, text]): [string, string] => [`charts/web/${path}`, text])
  return new Map([...Object.entries(files), ...charts])
}

async function built(files: Record<string, string>, options: BuildOptions = {}): Promise<string> {
  const tree = memoryTree(new Map([...treeOf(files)].map(([path, text]) => [`app/${path}`, text])))
  return (await build(tree, 'app', { helm: helmTemplates(), order: 'legacy', version: '5.7', ...options })).text()
}

describe('charts equal those of kubectl kustomize --enable-helm', async () => {
  const skip = withoutKubectl
  const kubectl = skip ? undefined : await realKustomize()
  const real = async (files: Record<string, string>) => kubectl?.build(treeOf(files), '', ['--enable-helm'])

  for (const [what, files] of Object.entries(cases)) {
    test(what, { skip }, async () => assert.equal(await built(files), await real(files)))
  }
  for (const [what, kustomization, message] of refused) {
    test(`refused: ${what}`, { skip }, async () => {
      const files = { 'kustomization.yaml': kustomization }
      await assert.rejects(built(files), error => error instanceof KustomizeError && message.test(error.message))
      await assert.rejects(real(files))
    })
  }
  after(() => kubectl?.close())
})

test('charts take the namespace of the layers above and keep it since 5.8', async () => {
  const files = {
    'kustomization.yaml': 'resources: [base]\nnamespace: top\n',
    'base/kustomization.yaml': 'helmGlobals: {chartHome: charts}\nhelmCharts: [{name: web, releaseName: shop}]\n',
    ...Object.fromEntries(Object.entries(chart).map(([path, text]) => [`base/charts/web/${path}`, text])),
  }
  const latest = await built(files, { version: '5.8' })
  assert.match(latest, /^ {2}namespace: top$/m)
  // Templates that do not write a namespace have none: the transformer leaves charts alone.
  assert.doesNotMatch(latest, /metadata:\n {2}name: sub\n {2}namespace/)
  assert.match(await built(files, { version: '5.7' }), /^ {2}namespace: default$/m)
})

test('without an engine charts are refused in the words of the real tool', async () => {
  await assert.rejects(build(memoryTree(new Map([['kustomization.yaml', release('')]])), ''), error => {
    assert.ok(error instanceof KustomizeError)
    assert.match(
      error.message,
      /^trouble configuring builtin HelmChartInflationGenerator.*must specify --enable-helm$/s,
    )
    return true
  })
})

test('a chart of a repository comes through the door, or not at all', async () => {
  const kustomization = release('repo: https://charts.example/\nversion: 1.2.3\n')
  const tree = memoryTree(new Map([['kustomization.yaml', kustomization]]))
  const asked: unknown[] = []
  const files = Object.entries(chart).map(([path, text]) => ({ path, content: Buffer.from(text) }))
  const helm = helmTemplates({
    async pullChart(request) {
      asked.push(request)
      return files
    },
  })
  const result = await build(tree, '', { helm })
  assert.deepEqual(asked, [{ name: 'web', version: '1.2.3', repo: 'https://charts.example/', devel: false }])
  assert.match(result.text(), /name: shop-config/)
  await assert.rejects(
    build(tree, '', { helm: helmTemplates() }),
    /chart 'web' of https:\/\/charts\.example\/ is not allowed here/,
  )
})
