import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HelmRelease } from '@sluice/api'
import { postRendererOf } from './post-renderer.ts'
import { aRelease } from './testing/a-release.ts'

const cm = (name: string, extra = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${extra}data:\n  a: "1"\n`
const rendered = (spec: Partial<HelmRelease['spec']>, ...texts: string[]) =>
  postRendererOf(aRelease(spec)).render(texts.map((text, i) => ({ path: `chart/templates/${i}.yaml`, text })))

describe('a post-renderer', () => {
  test('marks whose the objects are, whatever the spec says', async () => {
    const commonMetadata = { labels: { 'helm.toolkit.fluxcd.io/name': 'mine', team: 'a' }, annotations: { note: 'x' } }
    const [document] = await rendered({ commonMetadata }, cm('a', '  labels:\n    team: chart\n'))
    assert.deepEqual(document, {
      path: 'chart/templates/0.yaml',
      text:
        'apiVersion: v1\ndata:\n  a: "1"\nkind: ConfigMap\nmetadata:\n  annotations:\n    note: x\n  labels:\n' +
        '    helm.toolkit.fluxcd.io/name: app\n    helm.toolkit.fluxcd.io/namespace: apps\n    team: a\n  name: a\n',
    })
  })

  test('takes the kustomize steps in order, and documents keep their places', async () => {
    const patch = (value: string) => [
      { patch: `- op: add\n  path: /data/b\n  value: ${value}\n`, target: { kind: 'ConfigMap' } },
    ]
    const postRenderers = [{ kustomize: { patches: patch('one') } }, { kustomize: { patches: patch('two') } }]
    const documents = await rendered({ postRenderers }, cm('a'), cm('b'))
    assert.deepEqual(
      documents.map(({ path }) => path),
      ['chart/templates/0.yaml', 'chart/templates/1.yaml'],
    )
    for (const { text } of documents) assert.match(text, / b: two\n/)
  })

  test('refuses one object twice, a patch of nothing, and what is no YAML', async () => {
    await assert.rejects(rendered({}, cm('a'), cm('a')), {
      message: 'may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]',
    })
    const postRenderers = [{ kustomize: { patches: [{ patch: cm('none') }] } }]
    await assert.rejects(rendered({ postRenderers }, cm('a')), {
      message: /^no resource matches strategic merge patch/,
    })
    await assert.rejects(rendered({}, 'a: b: c'), {
      message: /^error merging manifests: parsing chart\/templates\/0.yaml: MalformedYAMLError: yaml: /,
    })
  })

  test('refuses a document that is no object, and shows it', async () => {
    await assert.rejects(rendered({}, '- a\n- b\n'), {
      message:
        'error merging manifests: parsing chart/templates/0.yaml: ' +
        'wrong node kind: expected MappingNode but got SequenceNode: node contents:\n- a\n- b',
    })
  })

  test('takes a list apart, each object of the file it is in', async () => {
    const items = ['a', 'b'].map(name => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }))
    const documents = await rendered({}, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    assert.deepEqual(
      documents.map(({ path, text }) => [path, /\n {2}name: (\w)\n/.exec(text)?.[1]]),
      [
        ['chart/templates/0.yaml', 'a'],
        ['chart/templates/0.yaml', 'b'],
      ],
    )
  })

  test('refuses a key that comes twice, as kustomize does', async () => {
    await assert.rejects(rendered({}, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  name: y\n'), {
      message:
        'map[string]interface {}(nil): yaml: unmarshal errors:\n  line 5: mapping key "name" already defined at line 4',
    })
  })

  test('wraps no long text', async () => {
    const long = 'word '.repeat(40).trim()
    const [document] = await rendered(
      {},
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: ${long}\n`,
    )
    assert.match(document?.text ?? '', new RegExp(`  a: ${long}\\n`))
  })

  test('a chart that renders nothing has nothing to be marked', async () => {
    assert.deepEqual(await rendered({}, '# only a comment'), [])
  })
})
