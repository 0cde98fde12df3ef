/** The little of ASN.1's DER that certificates and old key formats need: writing values, and reading the parts of a sequence. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), lengthBytes(body.length), body])
}

function lengthBytes(length: number): Buffer {
  if (length < 128) return Buffer.of(length)
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
export const setOf = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts)
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.of(unused), bytes)
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 255 : 0))

/** A number that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const short = bytes.subarray(from)
  return (short[0] ?? 0) >= 128 ? der(0x02, Buffer.of(0), short) : der(0x02, short)
}

export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 127]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 127) | 128)
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

/** UTCTime until 2049, then GeneralizedTime. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`))
}

export interface Element {
  tag: number
  /** The whole element with its head. */
  whole: Buffer
  body: Buffer
}

/** The elements that stand in a row in some bytes. Throws when they are cut. */
export function elements(bytes: Uint8Array): Element[] {
  const all = Buffer.from(bytes)
  const out: Element[] = []
  for (let at = 0; at < all.length; ) {
    const start = at
    const tag = all[at++] ?? 0
    let length = all[at++] ?? 0
    if (length >= 128) {
      const count = length & 127
      length = Number.parseInt(all.subarray(at, at + count).toString('hex') || '0', 16)
      at += count
    }
    if (at + length > all.length) throw new Error('asn1: syntax error: data truncated')
    out.push({ tag, whole: all.subarray(start, at + length), body: all.subarray(at, at + length) })
    at += length
  }
  return out
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** The first block of a PEM text; undefined when there is none. */
export function pemBlock(text: string): { label: string; bytes: Buffer } | undefined {
  const match = /-----BEGIN ([^\n-]+)-----\r?\n([\s\S]*?)-----END \1-----/.exec(text)
  if (!match?.[1]) return undefined
  return { label: match[1], bytes: Buffer.from((match[2] ?? '').replace(/^[^\n]*: [^\n]*\n/gm, ''), 'base64') }
}
