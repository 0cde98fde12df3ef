import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDocuments, stringify } from '@sluice/yaml'
import fc from 'fast-check'
import { build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

async function built(files: Record<string, unknown>, path: string): Promise<string> {
  const texts = Object.entries(files).map(([file, value]): [string, string] => [
    file,
    typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? value.map(item => stringify(item)).join('---\n')
        : stringify(value),
  ])
  return (await build(memoryTree(new Map(texts)), path)).text()
}

const name = fc.constantFrom('a', 'b', 'c', 'd')
const pairs = fc.dictionary(fc.constantFrom('l1', 'l2', '__proto__'), fc.constantFrom('x', 'y', '1'), { maxKeys: 2 })
const container = fc.record(
  { name: fc.constantFrom('main', 'side'), image: fc.constantFrom('nginx', 'app:1', 'reg/x@sha256:0') },
  { requiredKeys: ['name'] },
)
const deployment = fc.record({
  apiVersion: fc.constant('apps/v1'),
  kind: fc.constant('Deployment'),
  metadata: fc.record({ name, labels: pairs }),
  spec: fc.record({
    template: fc.record({
      spec: fc.record({
        containers: fc.uniqueArray(container, { selector: item => item.name, minLength: 1, maxLength: 2 }),
        volumes: fc.array(
          name.map(config => ({ name: 'v', configMap: { name: config } })),
          { maxLength: 1 },
        ),
      }),
    }),
  }),
})
const configMap = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('ConfigMap'),
  metadata: fc.record({ name }),
  data: fc.dictionary(fc.constantFrom('k', '__proto__', 'constructor'), fc.string({ maxLength: 12 })),
})
const objects = fc.uniqueArray(fc.oneof(deployment, configMap), {
  selector: object => `${object.kind}/${object.metadata.name}`,
  minLength: 1,
  maxLength: 5,
})
const overlay = fc.record(
  {
    namePrefix: fc.constantFrom('p-', 'q-'),
    nameSuffix: fc.constant('-s'),
    namespace: fc.constantFrom('one', 'two'),
    labels: fc.array(fc.record({ pairs, includeSelectors: fc.boolean() }), { maxLength: 2 }),
    commonAnnotations: pairs,
    images: fc.constant([
      { name: 'nginx', newTag: '2' },
      { name: 'app', newName: 'other' },
    ]),
    configMapGenerator: fc.constant([{ name: 'made', literals: ['k=v'] }]),
  },
  { requiredKeys: [] },
)

test('what was built builds to itself', async () => {
  await fc.assert(
    fc.asyncProperty(objects, overlay, async (base, layer) => {
      const first = await built(
        {
          'b/r.yaml': base,
          'b/kustomization.yaml': { resources: ['r.yaml'] },
          'o/kustomization.yaml': { resources: ['../b'], ...layer },
        },
        'o',
      )
      assert.equal(await built({ 'r.yaml': first, 'kustomization.yaml': { resources: ['r.yaml'] } }, ''), first)
      assert.deepEqual(
        parseDocuments(first)
          .map(({ value }) => stringify(value))
          .join('---\n'),
        first,
      )
    }),
    { numRuns: 150 },
  )
})

test('the order of images, of patches on different objects and of labels does not matter', async () => {
  await fc.assert(
    fc.asyncProperty(objects, async base => {
      const images = [
        { name: 'nginx', newTag: '2' },
        { name: 'app', newTag: '3' },
      ]
      const labels = [{ pairs: { x: '1' } }, { pairs: { y: '2' }, includeSelectors: true }]
      const patches = base.map(({ apiVersion, kind, metadata }) => ({
        patch: stringify({
          apiVersion,
          kind,
          metadata: { name: metadata.name, annotations: { patched: metadata.name } },
        }),
      }))
      const resources = ['r.yaml']
      const there = { resources, images, labels, patches }
      const back = {
        resources,
        images: images.toReversed(),
        labels: labels.toReversed(),
        patches: patches.toReversed(),
      }
      assert.equal(
        await built({ 'r.yaml': base, 'kustomization.yaml': there }, ''),
        await built({ 'r.yaml': base, 'kustomization.yaml': back }, ''),
      )
    }),
    { numRuns: 100 },
  )
})

test('the same patch twice is the patch once, an empty one is none', async () => {
  await fc.assert(
    fc.asyncProperty(deployment, deployment, async (object, other) => {
      const patch = stringify({ ...other, metadata: { ...other.metadata, name: object.metadata.name } })
      const nothing = stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: object.metadata.name } })
      const after = (...patches: string[]) =>
        built(
          {
            'r.yaml': object,
            'kustomization.yaml': { resources: ['r.yaml'], patches: patches.map(patch => ({ patch })) },
          },
          '',
        )
      assert.equal(await after(patch, patch), await after(patch))
      assert.equal(await after(nothing), await after())
    }),
    { numRuns: 150 },
  )
})

test('what was merged in stays: patches on different fields apply in any order, and together as one', async () => {
  const patchOf = (object: { metadata: { name: string } }, fields: object): string =>
    stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: object.metadata.name }, ...fields })
  const key = fc.constantFrom('k', 'l', '__proto__', 'constructor', 'toString')
  const part = fc.dictionary(key, fc.oneof(fc.string({ maxLength: 8 }), fc.constant(null)), { noNullPrototype: true })
  await fc.assert(
    fc.asyncProperty(configMap, part, part, async (object, one, other) => {
      const disjoint: Record<string, unknown> = { ...other }
      for (const shared of Object.keys(one)) delete disjoint[shared]
      const after = (...fields: object[]) =>
        built(
          {
            'r.yaml': object,
            'kustomization.yaml': {
              resources: ['r.yaml'],
              patches: fields.map(field => ({ patch: patchOf(object, { data: field }) })),
            },
          },
          '',
        )
      const both = await after(one, disjoint)
      assert.equal(await after(disjoint, one), both)
      assert.equal(await after({ ...one, ...disjoint }), both)
    }),
    { numRuns: 150 },
  )
})

test('nothing that is read makes a build fail with anything but a KustomizeError', async () => {
  const words = fc.constantFrom(
    ...[
      'resources',
      'patches',
      'images',
      'labels',
      'name',
      'kind',
      'metadata',
      'apiVersion',
      'v1',
      'ConfigMap',
      'List',
      'items',
      'a.yaml',
      'path',
      'target',
    ],
    ...[
      'replacements',
      'vars',
      'transformers',
      'generators',
      'components',
      'configMapGenerator',
      'literals',
      '$patch',
      'delete',
      'a=b',
      '../b',
      'null',
      '1.5',
    ],
    ...[': ', ':\n', '\n  ', '\n- ', '\n', '- ', '{', '}', '[', ']', ', ', '"', '|\n', '&x ', '*x', '---\n', '<<: '],
  )
  const soup = fc.array(words, { maxLength: 30 }).map(parts => parts.join(''))
  await fc.assert(
    fc.asyncProperty(soup, soup, async (kustomization, resource) => {
      try {
        await built(
          {
            'kustomization.yaml': `resources: [a.yaml]\n${kustomization}`,
            'a.yaml': resource,
            'b/kustomization.yaml': kustomization,
          },
          '',
        )
      } catch (error) {
        assert.ok(error instanceof KustomizeError, String(error instanceof Error ? error.stack : error))
      }
    }),
    { numRuns: 1500 },
  )
})

test('any shape of a kustomization is built or refused', async () => {
  const field = fc.constantFrom(
    ...[
      'resources',
      'patches',
      'images',
      'labels',
      'commonLabels',
      'replicas',
      'replacements',
      'vars',
      'components',
      'configMapGenerator',
    ],
    ...[
      'secretGenerator',
      'generators',
      'transformers',
      'validators',
      'configurations',
      'crds',
      'openapi',
      'sortOptions',
      'buildMetadata',
    ],
    ...['patchesJson6902', 'patchesStrategicMerge', 'namespace', 'namePrefix', 'helmCharts', 'generatorOptions'],
  )
  const value = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary-ascii' })
  const inner = fc.dictionary(
    fc.constantFrom(
      'name',
      'path',
      'patch',
      'target',
      'kind',
      'select',
      'source',
      'targets',
      'fieldPaths',
      'pairs',
      'literals',
      'files',
      'order',
      'newTag',
      'count',
    ),
    fc.oneof(value, fc.constantFrom('r.yaml', 'ConfigMap', 'c', 'metadata.name', '{}', '[]')),
    { maxKeys: 4 },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(field, fc.oneof(value, inner, fc.array(inner, { maxLength: 2 })), { maxKeys: 3 }),
      async fields => {
        try {
          await built(
            {
              'kustomization.yaml': { resources: ['r.yaml'], ...fields },
              'r.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
            },
            '',
          )
        } catch (error) {
          assert.ok(error instanceof KustomizeError, String(error instanceof Error ? error.stack : error))
        }
      },
    ),
    { numRuns: 1500 },
  )
})
