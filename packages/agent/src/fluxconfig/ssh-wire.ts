/** The few pieces of SSH's wire format (RFC 4251, 4253) that key files are made of: length-prefixed strings and big integers. */
export function sshString(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A positive big integer, given as unsigned big-endian bytes. */
export function sshInteger(bytes: Buffer): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const trimmed = bytes.subarray(from)
  return sshString(((trimmed[0] ?? 0) & 0x80) !== 0 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed)
}

/** Reads the string at `offset`; `undefined` when the bytes end before it does. */
export function readSshString(bytes: Buffer, offset: number): { value: Buffer; next: number } | undefined {
  if (offset + 4 > bytes.length) return undefined
  const next = offset + 4 + bytes.readUInt32BE(offset)
  return next > bytes.length ? undefined : { value: bytes.subarray(offset + 4, next), next }
}
