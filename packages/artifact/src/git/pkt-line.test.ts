import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { GitProtocolError } from './git-error.ts'
import { FLUSH, PacketReader, pktLine } from './pkt-line.ts'

async function readAll(chunks: Uint8Array[]): Promise<(string | undefined)[]> {
  const reader = new PacketReader(
    (async function* () {
      yield* chunks
    })(),
  )
  const packets: (string | undefined)[] = []
  for (;;) {
    const packet = await reader.next()
    if (packet === null) return packets
    packets.push(packet?.toString('utf8'))
  }
}

describe('packets', () => {
  test('come out as they went in, however the bytes are cut', async () => {
    const texts = fc.array(fc.option(fc.string({ maxLength: 300, unit: 'grapheme' }), { nil: undefined }))
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (packets, size) => {
        const bytes = Buffer.from(packets.map(text => (text === undefined ? FLUSH : pktLine(text))).join(''))
        const chunks: Buffer[] = []
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
        assert.deepEqual(await readAll(chunks), packets)
      }),
    )
  })

  for (const broken of ['zzzz', '0003', '00ffshort', '00']) {
    test(`that are broken (${broken}) are a protocol error`, async () => {
      await assert.rejects(readAll([Buffer.from(broken)]), GitProtocolError)
    })
  }
})
