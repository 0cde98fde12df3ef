/**
 * The server's half of a fetch: shallow boundaries and acknowledgements, then the pack, on a side band or bare. Gives the
 * pack's bytes as they arrive and counts them against the limit.
 */
import { GitLimitError, GitProtocolError, RefSelectionError } from './git-error.ts'
import { PacketReader } from './pkt-line.ts'

const BAND = { pack: 1, progress: 2, error: 3 } as const

export async function* packStream(response: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  const packets = new PacketReader(response)
  let bytes = 0
  for (;;) {
    const packet = await packets.next()
    if (packet === null) {
      if (bytes === 0) throw new GitProtocolError('the server sent no pack')
      return
    }
    if (packet === undefined || packet.length === 0) continue
    const band = packet[0]
    if (band === BAND.pack) {
      bytes += packet.length - 1
      if (bytes > maxBytes) throw new GitLimitError(tooLarge(maxBytes))
      yield packet.subarray(1)
    } else if (band === BAND.error) {
      throw new GitProtocolError(`the server reports: ${packet.toString('utf8', 1).trim()}`)
    } else if (band !== BAND.progress) {
      takeText(packet.toString('utf8').trim())
    }
  }
}

function takeText(line: string): void {
  if (/^(NAK|ACK |shallow |unshallow )/.test(line)) return
  if (line.startsWith('ERR ')) {
    const said = line.slice(4)
    const missing = /not our ref ([0-9a-f]{40})/.exec(said)
    if (missing) throw new RefSelectionError(`unable to resolve commit object for '${missing[1]}': object not found`)
    throw new GitProtocolError(`the server reports: ${said}`)
  }
  throw new GitProtocolError(`the server answered the fetch with ${JSON.stringify(line.slice(0, 80))}`)
}

function tooLarge(maxBytes: number): string {
  return (
    `the repository's pack is larger than the limit of ${maxBytes} bytes; ` +
    "remove large files from the branch, or raise the controller's limit for fetched packs"
  )
}
