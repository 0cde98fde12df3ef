/** Reads SSH's binary form (RFC 4251): 32-bit lengths and what they count. */

export class SshWireError extends Error {
  override name = 'SshWireError'
}

export class SshWireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#bytes.length) throw new SshWireError('cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  bytes(): Buffer {
    return this.take(this.uint32())
  }

  text(): string {
    return this.bytes().toString('latin1')
  }

  /** A whole number, without the zero byte that keeps it positive. */
  number(): Buffer {
    const bytes = this.bytes()
    return bytes[0] === 0 ? bytes.subarray(1) : bytes
  }
}

/** A string in SSH's form. */
export function sshString(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}
