/**
 * Git's framing on the wire (gitprotocol-common): four hexadecimal digits of length, then the payload; `0000` is a flush.
 */
import { Readable } from 'node:stream'
import { GitProtocolError } from './git-error.ts'

export const FLUSH = '0000'

/** One packet of text. */
export function pktLine(text: string): string {
  const length = Buffer.byteLength(text) + 4
  return length.toString(16).padStart(4, '0') + text
}

/** Reads packets from chunks as they arrive. `undefined` from {@link next} is a flush; `null` the end. */
export class PacketReader {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)
  #done = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The payload of the next packet; `undefined` for a flush, `null` at the end of the stream. */
  async next(): Promise<Buffer | undefined | null> {
    if (!(await this.#fill(4))) {
      if (this.#buffer.length > 0)
        throw new GitProtocolError('the server closed the connection in the middle of a packet')
      return null
    }
    const digits = this.#buffer.toString('latin1', 0, 4)
    if (!/^[0-9a-f]{4}$/i.test(digits)) {
      throw new GitProtocolError(
        `the server's answer is not Git's protocol: it has ${JSON.stringify(digits)} where a length is due`,
      )
    }
    const length = Number.parseInt(digits, 16)
    if (length === 0) {
      this.#buffer = this.#buffer.subarray(4)
      return undefined
    }
    if (length < 4) throw new GitProtocolError(`the server sent a packet of the impossible length ${length}`)
    if (!(await this.#fill(length))) {
      throw new GitProtocolError('the server closed the connection in the middle of a packet')
    }
    const payload = this.#buffer.subarray(4, length)
    this.#buffer = this.#buffer.subarray(length)
    return payload
  }

  /** The bytes after the packets that were read. Nothing may be read here afterwards. */
  rest(): Readable {
    const source = this.#source
    const first = this.#buffer
    return Readable.from(
      (async function* () {
        if (first.length > 0) yield first
        for (;;) {
          const { value, done } = await source.next()
          if (done) return
          yield value
        }
      })(),
      { objectMode: false },
    )
  }

  async #fill(bytes: number): Promise<boolean> {
    while (this.#buffer.length < bytes) {
      if (this.#done) return false
      const { value, done } = await this.#source.next()
      if (done) {
        this.#done = true
        return false
      }
      this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value])
    }
    return true
  }
}
