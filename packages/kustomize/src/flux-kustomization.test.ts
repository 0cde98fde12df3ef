import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { type FluxKustomizationSpec, fluxKustomization } from './flux-kustomization.ts'

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

async function names(files: Record<string, string>, path: string, spec: FluxKustomizationSpec = {}): Promise<string[]> {
  const { files: tree, path: at } = fluxKustomization(memoryTree(new Map(Object.entries(files))), path, spec)
  const { objects } = await build(tree, at, { loadRestrictor: 'LoadRestrictionsNone', keepBuiltinSchema: true })
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`)
}

describe('a directory without kustomization', () => {
  test('is walked in lexical order; a directory with one is built, other files are left out', async () => {
    const files = {
      'app/b.yaml': configMap('b'),
      'app/a/z.yml': configMap('z'),
      'app/c/kustomization.yaml': 'resources: [in.yaml]\nnamePrefix: p-\n',
      'app/c/in.yaml': configMap('in'),
      'app/c/out.yaml': configMap('out'),
      'app/notes.txt': 'x',
      'app/x.json': '{}',
    }
    assert.deepEqual(await names(files, './app/'), ['ConfigMap//z', 'ConfigMap//b', 'ConfigMap//p-in'])
  })

  test('a file that is no Kubernetes object fails with its path', () => {
    const files = memoryTree(new Map([['a/x.yaml', 'foo: bar\n']]))
    assert.throws(
      () => fluxKustomization(files, 'a', {}),
      /^KustomizeError: failed to decode Kubernetes YAML from a\/x\.yaml: missing Resource metadata$/,
    )
  })

  test('nothing in it builds to nothing', async () => {
    assert.deepEqual(await names({ 'a/readme.md': '' }, 'a'), [])
  })
})

describe('a directory with kustomization', () => {
  const files = {
    'a/kustomization.yaml':
      'resources: [x.yaml]\nnamespace: mine\nimages: [{name: app, newTag: v1}]\nunknownField: 1\n',
    'a/x.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers: [{name: c, image: app}]\n',
    'a/comp/kustomization.yaml': 'kind: Component\nresources: [y.yaml]\n',
    'a/comp/y.yaml': configMap('y'),
  }

  test('is amended by the spec', async () => {
    const spec: FluxKustomizationSpec = {
      targetNamespace: 'team',
      namePrefix: 'p-',
      nameSuffix: '-s',
      components: ['comp', 'gone'],
      ignoreMissingComponents: true,
      patches: [{ patch: '- {op: add, path: /metadata/labels, value: {a: b}}', target: { kind: 'Pod' } }],
      images: [{ name: 'app', digest: 'sha256:00' }],
    }
    const { files: tree, path, action } = fluxKustomization(memoryTree(new Map(Object.entries(files))), 'a', spec)
    assert.equal(action, 'amended')
    const { objects } = await build(tree, path, { loadRestrictor: 'LoadRestrictionsNone' })
    assert.deepEqual(objects, [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p-x-s', namespace: 'team', labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'app@sha256:00' }] },
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'p-y-s', namespace: 'team' } },
    ])
  })

  test('components must be local', () => {
    const tree = memoryTree(new Map(Object.entries(files)))
    for (const component of ['https://x/y', '/abs', 'git@host:x', 'file:///x']) {
      assert.throws(() => fluxKustomization(tree, 'a', { components: [component] }), /must be local and relative/)
    }
  })
})
