import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sortManifests } from '@sluice/helm'
import type { PostRenderDocument, PostRenderStrategy } from '../action/action-options.ts'
import { postRendered } from './post-render.ts'

const object = (kind: string, name: string, hook = '') =>
  `kind: ${kind}\nmetadata:\n  name: ${name}\n${hook && `  annotations: {helm.sh/hook: ${hook}}\n`}`
const files = new Map([
  ['c/templates/b.yaml', `${object('Service', 's')}---\n${object('ConfigMap', 'c')}`],
  ['c/templates/a.yaml', `${object('ConfigMap', 'h', 'test')}---\n${object('ConfigMap', 'a')}`],
  ['c/templates/_p.tpl', 'no: part\n'],
])

interface Seen {
  calls: string[][]
  manifests: string[]
  hooks: string[]
}

/** What the renderer was given, call by call, and what came of it. */
async function rendered(
  strategy: PostRenderStrategy,
  change: (documents: readonly PostRenderDocument[]) => readonly PostRenderDocument[] = documents => documents,
): Promise<Seen> {
  const calls: string[][] = []
  const render = async (documents: readonly PostRenderDocument[]) => {
    calls.push(documents.map(({ text }) => /name: (\w+)/.exec(text)?.[1] ?? ''))
    return change(documents)
  }
  const { manifests, hooks } = await postRendered(files, sortManifests(files, '4.2'), { strategy, render }, '4.2')
  const told = ({ path, name }: { path: string; name: string }) => `${path.replace('c/templates/', '')} ${name}`
  return { calls, manifests: manifests.map(told), hooks: hooks.map(told) }
}

const unchanged = { manifests: ['a.yaml a', 'b.yaml c', 'b.yaml s'], hooks: ['a.yaml h'] }

describe('what a post-renderer is given', () => {
  test('combined: everything in the order of files', async () => {
    assert.deepEqual(await rendered('combined'), { calls: [['h', 'a', 's', 'c']], ...unchanged })
  })

  test('separate: hooks, then manifests', async () => {
    assert.deepEqual(await rendered('separate'), { calls: [['h'], ['a', 'c', 's']], ...unchanged })
  })

  test('nohooks: manifests alone', async () => {
    assert.deepEqual(await rendered('nohooks'), { calls: [['a', 'c', 's']], ...unchanged })
  })
})

describe('what a post-renderer answers', () => {
  test('documents of nobody get a path of their own', async () => {
    const more = (documents: readonly PostRenderDocument[]) => [
      ...documents,
      { path: '', text: object('Secret', 'new') },
    ]
    assert.deepEqual((await rendered('combined', more)).manifests[0], 'generated-by-postrender-4.yaml new')
    assert.deepEqual((await rendered('separate', more)).manifests.slice(0, 2), [
      'generated-by-postrender-hooks-1.yaml new',
      'generated-by-postrender-manifests-3.yaml new',
    ])
  })

  test('a failure says what was at work', async () => {
    const fail = () => {
      throw new Error('no way')
    }
    await assert.rejects(rendered('combined', fail), { message: 'error while running post render on files: no way' })
    await assert.rejects(rendered('nohooks', fail), { message: 'error while running post render on manifests: no way' })
  })
})
