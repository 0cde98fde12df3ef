import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BuildOptions, build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'
import { boundedParseCache } from './parse-cache.ts'

async function text(files: Record<string, string>, path: string, options: BuildOptions = {}): Promise<string> {
  return (await build(memoryTree(new Map(Object.entries(files))), path, options)).text()
}

async function fails(
  files: Record<string, string>,
  path: string,
  message: RegExp,
  options: BuildOptions = {},
): Promise<void> {
  await assert.rejects(text(files, path, options), error => {
    assert.ok(error instanceof KustomizeError, String(error))
    assert.match(error.explained(), message)
    return true
  })
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.0
        env:
        - name: A
          value: "1"
      volumes:
      - name: config
        configMap:
          name: settings
`
const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

test('an overlay: names, namespace, labels, images, replicas, generator and its reference', async () => {
  const files = {
    'base/deployment.yaml': deployment,
    'base/kustomization.yaml':
      'resources: [deployment.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [a=1]\n',
    'prod/kustomization.yaml': `resources: [../base]
namespace: shop
namePrefix: prod-
labels: [{pairs: {team: a}, includeSelectors: true}]
images: [{name: nginx, newTag: "2.0"}]
replicas: [{name: web, count: 3}]
configMapGenerator:
- name: settings
  behavior: merge
  literals: [b=2]
`,
  }
  assert.equal(
    await text(files, 'prod'),
    `apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    team: a
  name: prod-web
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      team: a
  template:
    metadata:
      labels:
        team: a
    spec:
      containers:
      - env:
        - name: A
          value: "1"
        image: nginx:2.0
        name: web
      volumes:
      - configMap:
          name: prod-settings-7gdc49gk6d
        name: config
---
apiVersion: v1
data:
  a: "1"
  b: "2"
kind: ConfigMap
metadata:
  labels:
    team: a
  name: prod-settings-7gdc49gk6d
  namespace: shop
`,
  )
})

describe('patches', () => {
  const patched = (patches: string) =>
    text({ 'a/d.yaml': deployment, 'a/kustomization.yaml': `resources: [d.yaml]\npatches:\n${patches}` }, 'a')

  test('strategic merge by key, new elements first', async () => {
    const result = await patched(`- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: side, image: s}, {name: web, env: [{name: B, value: "2"}]}]}}}
`)
    assert.match(result, /- image: s\n {8}name: side\n {6}- env:\n {8}- name: B\n {10}value: "2"\n {8}- name: A/)
  })

  test('$patch: delete removes the object, null a field', async () => {
    assert.equal(
      await patched(`- patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, $patch: delete}'\n`),
      '',
    )
    const result = await patched(`- target: {kind: Deploy.*}
  patch: '{kind: x, metadata: {name: x}, spec: {template: {spec: {volumes: null}}}}'
`)
    assert.doesNotMatch(result, /volumes/)
  })

  test('JSON patch by target, a patch without target fails', async () => {
    const operations = `'[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "x"}]'`
    assert.match(await patched(`- target: {name: w.b}\n  patch: ${operations}\n`), /image: x/)
    await assert.rejects(patched(`- patch: ${operations}\n`), /must specify a target for JSON patch/)
  })
})

describe('refusals say what, where and the cure', () => {
  test('a patch that finds no object', () =>
    fails(
      {
        'a/c.yaml': configMap('c'),
        'a/kustomization.yaml': 'resources: [c.yaml]\npatches: [{path: p.yaml}]\n',
        'a/p.yaml': configMap('d'),
      },
      'a',
      /no resource matches strategic merge patch "ConfigMap\.v1\.\[noGrp\]\/d\.\[noNs\]": no matches for Id/,
    ))
  test('the same object twice', () =>
    fails(
      {
        'a/c.yaml': configMap('c'),
        'a/d.yaml': configMap('c'),
        'a/kustomization.yaml': 'resources: [c.yaml, d.yaml]\n',
      },
      'a',
      /merging resources from 'd\.yaml': may not add resource with an already registered id: ConfigMap\.v1\.\[noGrp\]\/c\.\[noNs\]/,
    ))
  test('a cycle', () =>
    fails(
      { 'a/kustomization.yaml': 'resources: [../b]\n', 'b/kustomization.yaml': 'resources: [../a]\n' },
      'a',
      /cycle detected: candidate root 'a' contains visited root 'a'/,
    ))
  test('a missing file', () =>
    fails(
      { 'a/kustomization.yaml': 'resources: [no.yaml]\n' },
      'a',
      /accumulating resources from 'no\.yaml'.*no such file/,
    ))
  test('an unknown field', () =>
    fails(
      { 'a/kustomization.yaml': 'resource: []\n' },
      'a',
      /invalid Kustomization: json: unknown field "resource"\n {2}in a\/kustomization\.yaml/,
    ))
  test('an empty kustomization', () => fails({ 'a/kustomization.yaml': '' }, 'a', /kustomization\.yaml is empty/))
  test('two kustomization files', () =>
    fails({ 'a/kustomization.yaml': '', 'a/Kustomization': '' }, 'a', /Found multiple kustomization files under: a/))
  test('no kustomization file', () => fails({ 'a/x': '' }, 'a', /unable to find one of 'kustomization\.yaml'/))
  test('malformed YAML, with file and line', async () => {
    const files = { 'a/c.yaml': 'a: b\nc: d: e\n', 'a/kustomization.yaml': 'resources: [c.yaml]\n' }
    await assert.rejects(text(files, 'a'), error => {
      assert.ok(error instanceof KustomizeError)
      assert.match(
        error.message,
        /MalformedYAMLError: yaml: line 2: mapping values are not allowed in this context in File: c\.yaml/,
      )
      assert.deepEqual([error.file, error.line], ['a/c.yaml', 2])
      return true
    })
  })
  test('a file outside of the root', async () => {
    const files = { 'c.yaml': configMap('c'), 'a/kustomization.yaml': 'resources: [../c.yaml]\n' }
    await fails(files, 'a', /security; file 'c\.yaml' is not in or below 'a'/)
    assert.match(await text(files, 'a', { loadRestrictor: 'LoadRestrictionsNone' }), /name: c/)
  })
  test('a base outside of the source', () =>
    fails(
      { 'a/kustomization.yaml': 'resources: [../../b]\n' },
      'a',
      /fs-security-constraint abs \.\.\/b: path '\.\.\/b' is not in or below '\.'\n.*must lie in the same source/,
    ))
  test('a remote base that nobody fetched', () =>
    fails(
      { 'a/kustomization.yaml': 'resources: ["https://github.com/a/b//c?ref=v1"]\n' },
      'a',
      /remote base 'https:.*' is not allowed here\n.*\n {2}copy it into the source/,
    ))
  test('helm charts', () =>
    fails({ 'a/kustomization.yaml': 'helmCharts: [{name: x}]\n' }, 'a', /must specify --enable-helm/))
})

test('what a build looked at is told, what was missing as null', async () => {
  const files = { 'a/c.yaml': configMap('c'), 'a/kustomization.yaml': 'resources: [c.yaml]\n', 'b/x.yaml': '' }
  const { read } = await build(memoryTree(new Map(Object.entries(files))), 'a')
  assert.deepEqual([...read.files.keys()].sort(), [
    'a/Kustomization',
    'a/c.yaml',
    'a/kustomization.yaml',
    'a/kustomization.yml',
  ])
  assert.equal(read.files.get('a/kustomization.yml'), null)
  assert.match(read.files.get('a/c.yaml') ?? '', /^[0-9a-f]{64}$/)
})

test('a cache is used and never changed by a build', async () => {
  const files = { 'a/c.yaml': configMap('c'), 'a/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\n' }
  const cache = boundedParseCache(1_000_000)
  const first = await text(files, 'a', { cache })
  assert.equal(await text(files, 'a', { cache }), first)
})

test('a build is cancelled by its signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(text({ 'a/kustomization.yaml': 'resources: []\n' }, 'a', { signal }), /enough/)
})

test('a base that two layers share is built for each of them', async () => {
  const files = {
    'base/c.yaml': configMap('c'),
    'base/kustomization.yaml': 'resources: [c.yaml]\n',
    'x/kustomization.yaml': 'resources: [../base]\nnamePrefix: x-\n',
    'y/kustomization.yaml': 'resources: [../base]\nnamePrefix: y-\n',
    'all/kustomization.yaml': 'resources: [../x, ../y]\n',
  }
  assert.equal((await text(files, 'all')).match(/name: [xy]-c/g)?.join(), 'name: x-c,name: y-c')
})
