import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addItems, addPatch, removeItems, removePatch, setImages, setItems, setReplicas, setText } from './edit.ts'
import { fixFields } from './fix-fields.ts'

const fileOf = (text: string) => ({ path: 'kustomization.yaml', text })

const written = `# our shop
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization

resources: # in this order
  # first the namespace
  - namespace.yaml
  - app.yaml # the app

namePrefix: "dev-" # short

images:
- name: nginx # the front
  newTag: "1.20"
  # pinned later
- name: redis
  newName: mirror/redis
# the end
`

describe('edits of a kustomization', () => {
  const table: [name: string, edit: (text: string) => string, replace: string, by: string][] = [
    [
      'a resource more',
      text => addItems(fileOf(text), 'resources', ['app.yaml', 'new.yaml']),
      '  - app.yaml # the app\n',
      '  - app.yaml # the app\n  - new.yaml\n',
    ],
    [
      'a resource less, with its comment',
      text => removeItems(fileOf(text), 'resources', ['app.yaml']),
      '  - app.yaml # the app\n',
      '',
    ],
    ['a text', text => setText(fileOf(text), 'namePrefix', 'prod-'), '"dev-" # short', 'prod- # short'],
    ['a text away', text => setText(fileOf(text), 'namePrefix', ''), 'namePrefix: "dev-" # short\n', ''],
    ['a tag', text => setImages(fileOf(text), ['nginx:1.25']), '  newTag: "1.20"\n', '  newTag: "1.25"\n'],
    [
      'a digest in place of a tag',
      text => setImages(fileOf(text), ['nginx=*@sha256:ab']),
      '  newTag: "1.20"\n',
      '  digest: sha256:ab\n',
    ],
    [
      'an image more',
      text => setImages(fileOf(text), ['host:5000/x=y:1']),
      '  newName: mirror/redis\n',
      '  newName: mirror/redis\n- name: host:5000/x\n  newName: "y"\n  newTag: "1"\n',
    ],
    ['a field more', text => setText(fileOf(text), 'namespace', 'shop'), '# the end\n', 'namespace: shop\n# the end\n'],
    [
      'replicas',
      text => setReplicas(fileOf(text), ['app=3']),
      '# the end\n',
      'replicas:\n- count: 3\n  name: app\n# the end\n',
    ],
    [
      'a patch',
      text => addPatch(fileOf(text), { path: 'p.yaml' }, { kind: 'Deployment' }),
      '# the end\n',
      'patches:\n- path: p.yaml\n  target:\n    kind: Deployment\n# the end\n',
    ],
  ]
  for (const [name, edit, replace, by] of table) {
    test(name, () => assert.equal(edit(written), written.replace(replace, by)))
  }

  test('what is there already leaves the text alone', () => {
    assert.equal(addItems(fileOf(written), 'resources', ['app.yaml']), written)
  })

  test('flow style is written anew, and nothing else', () => {
    assert.equal(
      addItems(fileOf('# a\nresources: [a, b]\nnamespace: x # y\n'), 'resources', ['c']),
      '# a\nresources:\n- a\n- b\n- c\nnamespace: x # y\n',
    )
  })

  test('an empty file', () => {
    assert.equal(addItems(fileOf(''), 'resources', ['c']), 'resources:\n- c\n')
  })

  test('refusals', () => {
    assert.throws(() => removeItems(fileOf(written), 'resources', ['x']), /resources: x is not in the list/)
    assert.throws(() => setImages(fileOf(written), ['nginx']), /invalid format of image/)
    assert.throws(() => setReplicas(fileOf(written), ['a=b']), /not of the form name=count/)
    assert.throws(() => setText(fileOf('a: b: c'), 'namespace', 'x'), /mapping values are not allowed/)
    assert.throws(() => setText(fileOf('- a'), 'namespace', 'x'), /mapping of fields/)
  })

  test('deprecated fields', () => {
    assert.equal(
      fixFields(
        fileOf(`# kept
bases:
- ../base
resources:
- a.yaml # mine
commonLabels:
  app: x
patchesStrategicMerge:
- p.yaml
- |-
  kind: ConfigMap
  metadata: {name: a}
patchesJson6902:
- path: j.json
  target: {kind: ConfigMap, name: a}
`),
      ),
      `# kept
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- a.yaml # mine
- ../base
patches:
- path: p.yaml
- patch: |-
    kind: ConfigMap
    metadata: {name: a}
- path: j.json
  target:
    kind: ConfigMap
    name: a
labels:
- includeSelectors: true
  pairs:
    app: x
`,
    )
  })

  test('a patch less', () => {
    const text = 'resources: [a]\npatches:\n# one\n- path: p.yaml\n  target: {kind: A}\n- path: p.yaml\n'
    assert.equal(
      removePatch(fileOf(text), { path: 'p.yaml' }, { kind: 'A' }),
      'resources: [a]\npatches:\n- path: p.yaml\n',
    )
    assert.throws(() => removePatch(fileOf(text), { patch: 'x' }, {}), /there is no such patch: {"patch":"x"}/)
  })

  test('the whole of a list', () => {
    assert.equal(
      setItems(fileOf('buildMetadata:\n- managedByLabel # who\n'), 'buildMetadata', [
        'originAnnotations',
        'managedByLabel',
      ]),
      'buildMetadata:\n- originAnnotations\n- managedByLabel # who\n',
    )
  })

  test('deprecated images and charts, and what kind of file it is', () => {
    const text = `---
# top
imageTags:
- name: a
  newTag: "1"
helmChartInflationGenerator:
- chartName: c
  chartRepoUrl: https://charts.example
  chartHome: home
`
    const fixed = `---
# top
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
- name: a
  newTag: "1"
helmCharts:
- name: c
  repo: https://charts.example
helmGlobals:
  chartHome: home
`
    assert.equal(fixFields(fileOf(text)), fixed)
    assert.equal(fixFields(fileOf(fixed)), fixed)
    assert.equal(
      fixFields(fileOf('kind: Component\nresources: []\n')),
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: []\n',
    )
  })

  test('a label in both of its fields is left to its author', () => {
    const text = 'commonLabels: {a: b}\nlabels: [{pairs: {a: c}}]\n'
    assert.throws(() => fixFields(fileOf(text)), /label name 'a' exists in both commonLabels and labels/)
  })
})
