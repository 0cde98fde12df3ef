import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { untar } from './untar.ts'

async function archive(entries: [header: Partial<Header> & { name: string }, content?: string][]): Promise<Buffer> {
  const made = pack()
  for (const [header, content] of entries) made.entry(header, content ?? '')
  made.finalize()
  const parts: Buffer[] = []
  for await (const part of made) if (part instanceof Uint8Array) parts.push(Buffer.from(part))
  return gzipSync(Buffer.concat(parts))
}

describe('an archive is refused', () => {
  for (const name of ['../up', 'a/../../up', '/etc/passwd', 'a\\b']) {
    test(`for the name ${name}`, async () => {
      await assert.rejects(untar(await archive([[{ name }, 'x']])), {
        message: `tar contained invalid name error "${name}"`,
      })
    })
  }

  test('for a symbolic link, unless links are to be skipped', async () => {
    const bytes = await archive([[{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }], [{ name: 'b' }, 'b']])
    await assert.rejects(untar(bytes), {
      message: 'tar file entry a is a symlink, which is not allowed in this context',
    })
    const tree = await untar(bytes, { skipLinks: true })
    assert.deepEqual(
      [...tree.files()].map(file => file.path),
      ['b'],
    )
  })

  test('for a device', async () => {
    await assert.rejects(
      untar(await archive([[{ name: 'dev', type: 'character-device' }]])),
      /contained unsupported file type/,
    )
  })

  test('when it is larger inside than it may be', async () => {
    const bytes = await archive([
      [{ name: 'a' }, 'x'.repeat(600)],
      [{ name: 'b' }, 'x'.repeat(600)],
    ])
    await assert.rejects(untar(bytes, { maxBytes: 1000 }), {
      message: 'tar "b" is bigger than max archive size of 1000 bytes',
    })
  })

  test('when it is no archive, or is cut off', async () => {
    await assert.rejects(untar(Buffer.from('plain')), /requires gzip-compressed body/)
    const whole = await archive([[{ name: 'a' }, 'x'.repeat(6000)]])
    await assert.rejects(untar(whole.subarray(0, whole.length - 20)), /the archive is damaged/)
    await assert.rejects(untar(gzipSync(Buffer.from('not a tar at all'.repeat(100)))), /the archive is damaged/)
  })
})
