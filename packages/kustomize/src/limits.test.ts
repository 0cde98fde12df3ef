import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BuildOptions, build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n'

async function outcome(files: Record<string, string>, path: string, options: BuildOptions = {}): Promise<string> {
  try {
    return (await build(memoryTree(new Map(Object.entries(files))), path, options)).text()
  } catch (error) {
    if (error instanceof KustomizeError) return error.explained()
    throw error
  }
}

const withFile = (text: string, kustomization = '') => ({
  'kustomization.yaml': `resources: [a.yaml]\n${kustomization}`,
  'a.yaml': text,
})

describe('what a build may use is limited', () => {
  test('aliases of aliases', async () => {
    let text = `${object}data:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n`
    for (let n = 1; n < 12; n += 1)
      text += `  a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]\n`
    assert.match(await outcome(withFile(text), ''), /document contains excessive aliasing/)
  })

  test('nesting', async () => {
    const deep = (levels: number) => `${object}data: ${'['.repeat(levels)}${']'.repeat(levels)}\n`
    assert.match(await outcome(withFile(deep(10_000)), ''), /MalformedYAMLError/)
    assert.match(await outcome(withFile(deep(50)), ''), /^apiVersion/)
    assert.match(await outcome(withFile(deep(50)), '', { limits: { maxDepth: 40 } }), /MalformedYAMLError/)
  })

  test('the size of a file, of whatever kind', async () => {
    const limits = { maxFileLength: 1000 }
    const long = `${object}data: {x: ${'y'.repeat(1000)}}\n`
    assert.match(
      await outcome(withFile(long), '', { limits }),
      /'a\.yaml': the file has 1063 bytes, more than the limit of 1000/,
    )
    const generator = withFile(object, 'configMapGenerator: [{name: m, files: [f]}]\n')
    assert.match(
      await outcome({ ...generator, f: long }, '', { limits }),
      /the file has 1\d+ bytes, more than the limit of 1000/,
    )
    assert.match(await outcome(withFile(object, `# ${long}`), '', { limits }), /the limit of 1000.*/)
  })

  test('objects, also where each layer doubles the one below', async () => {
    const files: Record<string, string> = {
      'l0/kustomization.yaml': 'resources: [a.yaml]\n',
      'l0/a.yaml': object,
    }
    for (let n = 1; n <= 40; n += 1) {
      for (const side of ['x', 'y']) {
        files[`l${n}${side}/kustomization.yaml`] = `namePrefix: ${side}-\nresources: [../l${n - 1}]\n`
      }
      files[`l${n}/kustomization.yaml`] = `resources: [../l${n}x, ../l${n}y]\n`
    }
    const text = await outcome(files, 'l40', { limits: { maxObjects: 500 } })
    assert.match(text, /the build makes \d+ objects, more than the limit of 500/)
  })

  test('regular expressions: none takes more than linear time, large ones are refused', async () => {
    const patched = (name: string) =>
      withFile(
        object,
        `patches: [{target: {name: '${name}'}, patch: '[{"op": "test", "path": "/kind", "value": "ConfigMap"}]'}]`,
      )
    assert.match(await outcome({ ...patched('(c+c+)+d') }, ''), /^apiVersion/)
    assert.match(await outcome(patched('(((a{100}){100}){100})'), ''), /invalid repeat count/)
    assert.match(await outcome(patched('((a{10}){10}){10}'.repeat(300)), ''), /expression too large/)
    assert.match(await outcome(patched('x{50}'), '', { limits: { maxPatternSize: 100 } }), /expression too large/)
    assert.match(await outcome(patched('x{50}'), ''), /^apiVersion/)
    const image = withFile(object, `images: [{name: '${'(a{10})'.repeat(400)}', newTag: x}]\n`)
    assert.match(await outcome(image, ''), /expression too large/)
  })
})

test('a signal stops a build that is under way', async () => {
  const names = Array.from({ length: 3000 }, (_, n) => `a${n}.yaml`)
  const files = memoryTree(
    new Map([
      ['kustomization.yaml', `resources: [${names.join(', ')}]\n`],
      ...names.map((name): [string, string] => [name, object.replace('{name: c}', `{name: ${name}}`)]),
    ]),
  )
  const controller = new AbortController()
  const readFile = (path: string) => {
    if (path === 'a10.yaml') setImmediate(() => controller.abort(new Error('enough')))
    return files.readFile(path)
  }
  const building = build({ ...files, readFile }, '', { signal: controller.signal })
  await assert.rejects(building, /enough/)
})
