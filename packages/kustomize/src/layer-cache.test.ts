import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from '@sluice/yaml'
import fc from 'fast-check'
import { build } from './build.ts'
import { type FileTree, memoryTree } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'
import { boundedLayerCache, type LayerCache } from './layer-cache.ts'

type Files = Record<string, string>

const tree = (files: Files): FileTree => memoryTree(new Map(Object.entries(files)))

/** What a build gives, or why it gives nothing. */
async function outcome(files: FileTree, path: string, layers?: LayerCache): Promise<string> {
  try {
    const { text, warnings } = await build(files, path, layers ? { layers } : {})
    return `${warnings.join('\n')}\n${text()}`
  } catch (error) {
    if (error instanceof KustomizeError) return error.explained()
    throw error
  }
}

const objectAt = (folder: string) =>
  fc
    .record({
      kind: fc.constantFrom('ConfigMap', 'Deployment', 'Service'),
      name: fc.constantFrom('a', 'b', 'c').map(name => `${name}-${folder}`),
      value: fc.constantFrom('1', 'x', '__proto__'),
    })
    .map(({ kind, name, value }) =>
      kind === 'ConfigMap'
        ? { apiVersion: 'v1', kind, metadata: { name }, data: { [value]: value } }
        : kind === 'Service'
          ? { apiVersion: 'v1', kind, metadata: { name }, spec: { selector: { app: value } } }
          : {
              apiVersion: 'apps/v1',
              kind,
              metadata: { name, labels: { app: value } },
              spec: {
                template: {
                  spec: {
                    containers: [
                      { name: 'main', image: 'nginx', envFrom: [{ configMapRef: { name: `a-${folder}` } }] },
                    ],
                    volumes: [{ name: 'v', configMap: { name: 'made' } }],
                  },
                },
              },
            },
    )

const patch = fc.constantFrom(
  { target: { kind: 'Deployment' }, patch: '[{"op": "add", "path": "/metadata/labels/p", "value": "1"}]' },
  { target: { name: '[ab]-.*' }, patch: '{apiVersion: v1, kind: X, metadata: {name: x, annotations: {p: q}}}' },
  {
    target: { kind: 'ConfigMap', name: 'a-.*' },
    patch: '{apiVersion: v1, kind: X, metadata: {name: x}, $patch: delete}',
  },
)

const folders = ['l0', 'l1', 'l2', 'l3', 'l4', 'c0', 'c1']
const tops = ['l2', 'l3', 'l4']

/** A layer names only layers below it; folders named `c` hold components. */
function layerAt(folder: string): fc.Arbitrary<object> {
  const at = folders.indexOf(folder)
  const layers = folder.startsWith('l') ? folders.slice(0, at) : []
  const components = folder.startsWith('l') ? ['c0', 'c1'] : folders.slice(5, at)
  return fc
    .record(
      {
        namePrefix: fc.constantFrom('p-', 'q-'),
        namespace: fc.constantFrom('one', 'two'),
        labels: fc.array(
          fc.record({
            pairs: fc.constantFrom({ l: '1' }, { l: '2', app: 'x' }),
            includeSelectors: fc.boolean(),
          }),
          { maxLength: 2 },
        ),
        commonAnnotations: fc.constant({ note: 'n' }),
        images: fc.constant([{ name: 'nginx', newTag: '2' }]),
        patches: fc.array(patch, { maxLength: 2 }),
        configMapGenerator: fc.oneof(
          { weight: 9, arbitrary: fc.constant([{ name: `made-${folder}`, literals: ['k=v'] }]) },
          { weight: 9, arbitrary: fc.constant([{ name: `made-${folder}`, files: ['extra.txt'] }]) },
          { weight: 1, arbitrary: fc.constant([{ name: 'made-l0', behavior: 'merge', files: ['extra.txt'] }]) },
        ),
        buildMetadata: fc.constant(['originAnnotations', 'transformerAnnotations']),
        openapi: fc.constantFrom({ path: 'schema.json' }, { version: 'v1.21.2' }),
        below: fc.subarray(layers, { maxLength: Math.min(layers.length, 2) }),
        beside: fc.subarray(components, { maxLength: Math.min(components.length, 1) }),
      },
      { requiredKeys: ['below', 'beside'] },
    )
    .map(({ below, beside, ...fields }) => ({
      ...(folder.startsWith('c') && { kind: 'Component', apiVersion: 'kustomize.config.k8s.io/v1alpha1' }),
      resources: ['r.yaml', ...below.map(other => `../${other}`)],
      components: beside.map(other => `../${other}`),
      ...fields,
    }))
}

const objectsAt = (folder: string) =>
  fc
    .uniqueArray(objectAt(folder), {
      selector: ({ kind, metadata }) => kind + metadata.name,
      minLength: 1,
      maxLength: 3,
    })
    .map(objects => objects.map(object => stringify(object)).join('---\n'))

/** A path and its new content; undefined takes the file away. */
type Edit = [path: string, content: string | undefined]

const edit = fc.constantFrom(...folders).chain((folder): fc.Arbitrary<Edit> => {
  const change = (name: string, content: fc.Arbitrary<string | undefined>) =>
    content.map((text): Edit => [`${folder}/${name}`, text])
  return fc.oneof(
    {
      weight: 4,
      arbitrary: change(
        'kustomization.yaml',
        layerAt(folder).map(layer => stringify(layer)),
      ),
    },
    { weight: 4, arbitrary: change('r.yaml', objectsAt(folder)) },
    { weight: 2, arbitrary: change('extra.txt', fc.constantFrom('1', '2')) },
    { weight: 1, arbitrary: change('schema.json', fc.constantFrom(undefined, '{"definitions": {"a": {}}}')) },
    { weight: 1, arbitrary: change('r.yaml', fc.constant(undefined)) },
    { weight: 1, arbitrary: change('Kustomization', fc.constantFrom('namePrefix: z-\n', undefined)) },
  )
})

const start = fc
  .tuple(...folders.map(folder => fc.tuple(fc.constant(folder), layerAt(folder), objectsAt(folder))))
  .map((layers): Files => {
    const files: Files = {}
    for (const [folder, layer, objects] of layers) {
      files[`${folder}/kustomization.yaml`] = stringify(layer)
      files[`${folder}/r.yaml`] = objects
      files[`${folder}/extra.txt`] = 'text'
      files[`${folder}/schema.json`] = '{"definitions": {}}'
    }
    return files
  })

test('whatever is edited, a build with kept layers gives what a fresh one gives', async () => {
  await fc.assert(
    fc.asyncProperty(start, fc.array(edit, { minLength: 1, maxLength: 6 }), async (files, edits) => {
      const layers = boundedLayerCache(1_000_000)
      let now = files
      for (const [path, content] of [['', ''] as Edit, ...edits]) {
        now = { ...now, [path]: content ?? '' }
        if (content === undefined) delete now[path]
        for (const top of tops) {
          assert.equal(await outcome(tree(now), top, layers), await outcome(tree(now), top))
        }
      }
    }),
    { numRuns: 60 },
  )
})

const shop: Files = {
  'base/kustomization.yaml': 'resources: [a.yaml]\nlabels: [{pairs: {x: z}, includeSelectors: true}]\n',
  'base/a.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n',
  'other/kustomization.yaml': 'resources: [b.yaml]\n',
  'other/b.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: b}\n',
  'top/kustomization.yaml': 'resources: [../base, ../other]\nnamePrefix: p-\n',
}

/** The tree, and which files were read of it. */
function counted(files: Files): { files: FileTree; read: string[] } {
  const inner = tree(files)
  const read: string[] = []
  return {
    read,
    files: {
      ...inner,
      readFile(path) {
        const content = inner.readFile(path)
        if (content && path.endsWith('.yaml') && !path.endsWith('kustomization.yaml')) read.push(path)
        return content
      },
    },
  }
}

test('a changed file costs the layers above it alone', async () => {
  const layers = boundedLayerCache(1_000_000)
  await outcome(tree(shop), 'top', layers)
  const same = counted(shop)
  await outcome(same.files, 'top', layers)
  assert.deepEqual(same.read, [])
  const edited = counted({ ...shop, 'other/b.yaml': shop['other/b.yaml']?.replace('{name: b}', '{name: c}') ?? '' })
  assert.match(await outcome(edited.files, 'top', layers), /name: p-a\n.*name: p-c\n/s)
  assert.deepEqual(edited.read, ['other/b.yaml'])
})

test('layers are kept up to the limit in bytes', async () => {
  const layers = boundedLayerCache(20_000)
  for (let n = 0; n < 100; n += 1) {
    await outcome(tree({ ...shop, 'base/a.yaml': `${shop['base/a.yaml']}spec: {n: ${n}}\n` }), 'top', layers)
    assert.ok(layers.bytes <= 20_000)
  }
  assert.ok(layers.bytes > 10_000)
})

test('a cycle is found although the layers in it are kept', async () => {
  const files = {
    'x/kustomization.yaml': 'resources: [../a]\n',
    'a/kustomization.yaml': 'resources: [r.yaml]\n',
    'a/r.yaml': shop['base/a.yaml'] ?? '',
    'a/b/kustomization.yaml': 'resources: [../../x]\n',
  }
  const layers = boundedLayerCache(1_000_000)
  const above = { ...files, 'y/kustomization.yaml': 'resources: [../x]\n' }
  await outcome(tree(above), 'y', layers)
  assert.match(await outcome(tree(above), 'a/b', layers), /cycle detected/)
})

test('what Helm gives is not kept', async () => {
  const layers = boundedLayerCache(1_000_000)
  const files = tree({
    'top/kustomization.yaml': 'resources: [../base]\n',
    'base/kustomization.yaml': 'helmCharts: [{name: c}]\n',
    'base/charts/c/Chart.yaml': 'name: c\nversion: 1.0.0\n',
    'base/charts/c/values.yaml': '',
  })
  let charts = 0
  const helm = {
    pull: async () => [],
    async template() {
      charts += 1
      return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${charts}}\n`
    },
  }
  assert.match((await build(files, 'top', { layers, helm })).text(), /name: c1\n/)
  assert.match((await build(files, 'top', { layers, helm })).text(), /name: c2\n/)
})
