/** Builds that fetch, with a fetcher in memory: what is asked for, and what the build makes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from './build.ts'
import { buildFetching, type UrlFetcher } from './build-fetching.ts'
import { memoryTree } from './file-tree.ts'

const tree = (files: Record<string, string>) => memoryTree(new Map(Object.entries(files)))

const nothing: UrlFetcher = {
  directory: url => assert.fail(`asks for the directory ${url}`),
  file: url => assert.fail(`asks for the file ${url}`),
}

async function textOf(files: Record<string, string>, fetcher: Partial<UrlFetcher>): Promise<string> {
  const { result } = await buildFetching({ ...nothing, ...fetcher }, remote =>
    build(tree(files), 'app', { remote, version: '5.7' }),
  )
  return result.text()
}

test('a schema by URL tells the merge keys of the base that names it', async () => {
  const list = { 'x-kubernetes-patch-merge-key': 'name', 'x-kubernetes-patch-strategy': 'merge' }
  const menu = {
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Menu' }],
    properties: { dishes: list },
  }
  const head = 'apiVersion: example.com/v1\nkind: Menu\nmetadata:\n  name: lunch\n'
  const asked: string[] = []
  const text = await textOf(
    {
      'base/kustomization.yaml': 'resources: [menu.yaml]\nopenapi: {path: "https://host.example/schema.json"}\n',
      'base/menu.yaml': `${head}dishes:\n- name: soup\n  price: 4\n- name: salad\n`,
      'app/kustomization.yaml': 'resources: [../base]\npatches: [{path: patch.yaml}]\n',
      'app/patch.yaml': `${head}dishes:\n- name: soup\n  price: 5\n`,
    },
    {
      async file(url) {
        asked.push(url)
        return Buffer.from(JSON.stringify({ definitions: { menu } }))
      },
    },
  )
  assert.deepEqual(asked, ['https://host.example/schema.json'])
  assert.match(text, /^dishes:\n- name: soup\n {2}price: 5\n- name: salad\n/m)
})

test('the origin of what a fetched base generates is its repository', async () => {
  const text = await textOf(
    {
      'app/kustomization.yaml':
        'resources: ["https://github.com/shop/config//base?ref=v1"]\nbuildMetadata: [originAnnotations]\n',
    },
    {
      directory: async () => ({
        tree: tree({ 'base/kustomization.yaml': 'configMapGenerator: [{name: prices, literals: [apple=1]}]\n' }),
        root: '',
        path: 'base',
        repo: 'https://github.com/shop/config',
        ref: 'v1',
      }),
    },
  )
  const origin = [
    'repo: https://github.com/shop/config',
    'ref: v1',
    'configuredIn: base/kustomization.yaml',
    'configuredBy:',
    '  apiVersion: builtin',
    '  kind: ConfigMapGenerator',
  ]
  assert.ok(text.includes(['config.kubernetes.io/origin: |', ...origin, ''].join('\n      ').trimEnd()), text)
})
