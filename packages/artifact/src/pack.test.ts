import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { componentsOf, type DirectoryNode, directoryNode } from './content.ts'
import { ContentLimitError, type PackOptions, pack } from './pack.ts'
import { untar } from './untar.ts'

function contentOf(files: Record<string, string>, executables: string[] = []): DirectoryNode {
  const root = directoryNode()
  for (const [path, text] of Object.entries(files)) {
    const components = componentsOf(path)
    const name = components.pop()!
    let at = root
    for (const component of components) {
      const next = at.children.get(component)
      if (next?.kind === 'directory') at = next
      else {
        const made = directoryNode()
        at.children.set(component, made)
        at = made
      }
    }
    at.children.set(name, { kind: 'file', executable: executables.includes(path), read: async () => Buffer.from(text) })
  }
  return root
}

async function packed(
  root: DirectoryNode,
  options: Partial<PackOptions> = {},
): Promise<{ bytes: Buffer; digest: string }> {
  const parts: Buffer[] = []
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk)
      done()
    },
  })
  const { digest, size } = await pack(root, output, { maxBytes: 1e9, keepBytes: 0, ...options })
  const bytes = Buffer.concat(parts)
  assert.equal(bytes.length, size)
  return { bytes, digest }
}

describe('an archive', () => {
  test("lists each directory before its content, by name, with Flux's modes and nobody's name and time", async () => {
    const root = contentOf({ 'b.yaml': 'b', 'a/x.sh': 'x', 'a.yaml': 'a', 'a-b/y': 'y' }, ['a/x.sh'])
    const { bytes } = await packed(root)
    const listed = spawnSync('tar', ['-tvz', '--utc', '--numeric-owner'], {
      input: bytes,
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
    })
    assert.equal(listed.stderr, '')
    assert.deepEqual(
      listed.stdout
        .trim()
        .split('\n')
        .map(line => line.replace(/ +/g, ' ')),
      [
        'drwxr-x--- 0/0 0 1970-01-01 00:00 .',
        'drwxr-x--- 0/0 0 1970-01-01 00:00 a',
        '-rwx------ 0/0 1 1970-01-01 00:00 a/x.sh',
        'drwxr-x--- 0/0 0 1970-01-01 00:00 a-b',
        '-rw------- 0/0 1 1970-01-01 00:00 a-b/y',
        '-rw------- 0/0 1 1970-01-01 00:00 a.yaml',
        '-rw------- 0/0 1 1970-01-01 00:00 b.yaml',
      ],
    )
    assert.equal(gunzipSync(bytes).length % 512, 0)
  })

  test('is the same whatever the order the files were found in, and comes apart again', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .map(text => `f${text.replace(/[/\\\0]/g, '_')}`)
    const files = fc.dictionary(name, fc.string({ maxLength: 2000 }), { maxKeys: 20, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(files, async found => {
        const one = await packed(contentOf(found))
        const other = await packed(contentOf(Object.fromEntries(Object.entries(found).reverse())))
        assert.equal(one.digest, other.digest)
        const tree = await untar(one.bytes)
        const back = [...tree.files()].map(({ path, content }) => [path, Buffer.from(content).toString()])
        assert.deepEqual(Object.fromEntries(back), found)
      }),
      { numRuns: 40 },
    )
  })

  test('keeps long names', async () => {
    const long = [
      `${'d'.repeat(90)}/${'f'.repeat(90)}`,
      `${'é'.repeat(120)}.yaml`,
      'x'.repeat(250),
      `${'p/'.repeat(200)}end`,
    ]
    const tree = await untar((await packed(contentOf(Object.fromEntries(long.map(path => [path, path]))))).bytes)
    for (const path of long) assert.equal(Buffer.from(tree.readFile(path) ?? '').toString(), path)
  })

  test('above the limit is refused, naming the file and the cure', async () => {
    const root = contentOf({ 'a.yaml': 'x'.repeat(60), 'b.yaml': 'x'.repeat(60) })
    await assert.rejects(packed(root, { maxBytes: 100 }), (error: unknown) => {
      assert.ok(error instanceof ContentLimitError)
      assert.match(
        error.message,
        /limit of 100 bytes in sum \(reached at 'b\.yaml'\); leave files out with spec\.ignore/,
      )
      return true
    })
  })

  test('whose content cannot be read fails and ends', async () => {
    const root = contentOf({ 'a.yaml': 'a' })
    root.children.set('bad', { kind: 'file', executable: false, read: () => Promise.reject(new Error('gone')) })
    await assert.rejects(packed(root), /gone/)
  })
})
