import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { build } from './build.ts'
import { memoryTree } from './file-tree.ts'

const files = memoryTree(
  new Map([
    ['base/kustomization.yaml', 'resources: [app.yaml]\nconfigMapGenerator:\n- name: c\n  literals: [a=1, b=2]\n'],
    [
      'base/app.yaml',
      `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  labels: {example.com/a: x}
spec:
  template:
    spec:
      containers:
      - name: app
        image: app:1
        envFrom:
        - configMapRef:
            name: c
`,
    ],
    [
      'top/kustomization.yaml',
      `resources: [../base]
namePrefix: p-
images:
- name: app
  newTag: "2"
configMapGenerator:
- name: c
  behavior: merge
  literals: [b=3]
patches:
- target: {kind: Deployment}
  patch: |
    - op: remove
      path: /metadata/labels
`,
    ],
  ]),
)

describe('where fields come from', () => {
  test('each step says what it changed', async () => {
    const { trace = [], objects } = await build(files, 'top', { explain: true })
    assert.deepEqual(
      trace.map(({ kind, name, steps }) => [
        `${kind} ${name}`,
        ...steps.flatMap(({ file, by = '', changes }) =>
          changes.map(({ path, value }) => `${file} ${by} ${path} ${value}`),
        ),
      ]),
      [
        [
          'Deployment p-app',
          '../base/app.yaml  apiVersion apps/v1',
          '../base/app.yaml  kind Deployment',
          '../base/app.yaml  metadata.name app',
          '../base/app.yaml  metadata.labels["example.com/a"] x',
          '../base/app.yaml  spec.template.spec.containers[app].name app',
          '../base/app.yaml  spec.template.spec.containers[app].image app:1',
          '../base/app.yaml  spec.template.spec.containers[app].envFrom[0].configMapRef.name c',
          'kustomization.yaml PatchTransformer metadata.labels["example.com/a"] undefined',
          'kustomization.yaml PrefixTransformer metadata.name p-app',
          'kustomization.yaml ImageTagTransformer spec.template.spec.containers[app].image app:2',
          `kustomization.yaml name references spec.template.spec.containers[app].envFrom[0].configMapRef.name ${objects[1]?.metadata.name}`,
        ],
        [
          `ConfigMap ${objects[1]?.metadata.name}`,
          '../base/kustomization.yaml ConfigMapGenerator apiVersion v1',
          '../base/kustomization.yaml ConfigMapGenerator kind ConfigMap',
          '../base/kustomization.yaml ConfigMapGenerator metadata.name c',
          '../base/kustomization.yaml ConfigMapGenerator data.a 1',
          '../base/kustomization.yaml ConfigMapGenerator data.b 2',
          'kustomization.yaml ConfigMapGenerator data.b 3',
          'kustomization.yaml PrefixTransformer metadata.name p-c',
          `kustomization.yaml hash of the content metadata.name ${objects[1]?.metadata.name}`,
        ],
      ],
    )
  })

  test('not asked for, not kept', async () => {
    assert.equal((await build(files, 'top')).trace, undefined)
  })
})
