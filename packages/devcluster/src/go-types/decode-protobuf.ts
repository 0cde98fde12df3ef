/**
 * Reads the protobuf bodies that Go's typed clients send (`application/vnd.kubernetes.protobuf`): an envelope that names the
 * kind, and in it the message. What comes out is the JSON value the same client would have sent as JSON.
 */
import { DecodeError } from './decode-json.ts'
import { type GoStruct, type GoType, goStruct, goStructOf } from './go-struct.ts'

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

class Reader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  get done(): boolean {
    return this.#at >= this.#bytes.length
  }
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new DecodeError('unexpected EOF')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new DecodeError('proto: integer overflow')
  }
  bytes(): Buffer {
    const length = Number(this.varint())
    const end = this.#at + length
    if (end > this.#bytes.length) throw new DecodeError('unexpected EOF')
    const out = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return out
  }
  fixed(length: 4 | 8): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new DecodeError('unexpected EOF')
    const out = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return out
  }
  tag(): { number: number; wire: number } {
    const tag = Number(this.varint())
    return { number: tag >> 3, wire: tag & 7 }
  }
  skip(wire: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.fixed(8)
    else if (wire === 2) this.bytes()
    else if (wire === 5) this.fixed(4)
    else throw new DecodeError(`proto: illegal wireType ${wire}`)
  }
}

const signed = (value: bigint) => Number(BigInt.asIntN(64, value))

/** The fields of a small message by number: varints as numbers, everything else as bytes. */
function smallMessage(bytes: Buffer): Map<number, number | Buffer> {
  const reader = new Reader(bytes)
  const out = new Map<number, number | Buffer>()
  while (!reader.done) {
    const { number, wire } = reader.tag()
    if (wire === 0) out.set(number, signed(reader.varint()))
    else if (wire === 2) out.set(number, reader.bytes())
    else reader.skip(wire)
  }
  return out
}

const textAt = (message: Map<number, number | Buffer>, number: number): string => {
  const value = message.get(number)
  return Buffer.isBuffer(value) ? value.toString() : ''
}
const numberAt = (message: Map<number, number | Buffer>, number: number): number => {
  const value = message.get(number)
  return typeof value === 'number' ? value : 0
}

function timeText(bytes: Buffer, micro: boolean): string | null {
  const message = smallMessage(bytes)
  if (message.size === 0) return null
  const seconds = numberAt(message, 1)
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  if (!micro) return `${whole}Z`
  return `${whole}.${String(Math.floor(numberAt(message, 2) / 1000)).padStart(6, '0')}Z`
}

const parsed = (bytes: Buffer): unknown => (bytes.length ? JSON.parse(bytes.toString()) : null)

function messageValue(type: GoType, bytes: Buffer): unknown {
  switch (type.kind) {
    case 'struct':
      return decodeMessage(goStruct(type.name), bytes)
    case 'time':
      return timeText(bytes, false)
    case 'microTime':
      return timeText(bytes, true)
    case 'duration':
      return `${numberAt(smallMessage(bytes), 1) / 1e9}s`
    case 'quantity':
      return textAt(smallMessage(bytes), 1) || '0'
    case 'intOrString': {
      const message = smallMessage(bytes)
      return numberAt(message, 1) === 1 ? textAt(message, 3) : numberAt(message, 2)
    }
    case 'raw':
    case 'fields':
    case 'json': {
      const raw = smallMessage(bytes).get(1)
      return Buffer.isBuffer(raw) ? parsed(raw) : null
    }
    case 'list': {
      const reader = new Reader(bytes)
      const out: unknown[] = []
      while (!reader.done) {
        const { number, wire } = reader.tag()
        if (number === 1) out.push(fieldValue(type.of, reader, wire))
        else reader.skip(wire)
      }
      return out
    }
    case 'schemaOrBool': {
      const message = smallMessage(bytes)
      const schema = message.get(2)
      return Buffer.isBuffer(schema) ? decodeMessage(schemaProps(), schema) : numberAt(message, 1) !== 0
    }
    case 'schemaOrArray': {
      const schema = smallMessage(bytes).get(1)
      return Buffer.isBuffer(schema) ? decodeMessage(schemaProps(), schema) : null
    }
    case 'string':
      return bytes.toString()
    case 'bytes':
      return bytes.toString('base64')
    default:
      throw new DecodeError(`proto: wrong wireType for a field of type ${type.kind}`)
  }
}

const schemaProps = () => goStruct('apiextensions/v1.JSONSchemaProps')

function fieldValue(type: GoType, reader: Reader, wire: number): unknown {
  if (wire === 2) return messageValue(type, reader.bytes())
  if (wire === 1) return reader.fixed(8).readDoubleLE()
  if (wire === 5) return reader.fixed(4).readFloatLE()
  const value = reader.varint()
  return type.kind === 'bool' ? value !== 0n : signed(value)
}

function mapEntry(of: GoType, bytes: Buffer): [string, unknown] {
  const reader = new Reader(bytes)
  let key = ''
  let value: unknown = of.kind === 'string' || of.kind === 'bytes' ? '' : of.kind === 'quantity' ? '0' : null
  while (!reader.done) {
    const { number, wire } = reader.tag()
    if (number === 1) key = reader.bytes().toString()
    else if (number === 2) value = fieldValue(of, reader, wire)
    else reader.skip(wire)
  }
  return [key, value]
}

/** Throws DecodeError. */
export function decodeMessage(struct: GoStruct, bytes: Buffer): Record<string, unknown> {
  const reader = new Reader(bytes)
  const out: Record<string, unknown> = {}
  while (!reader.done) {
    const { number, wire } = reader.tag()
    const field = struct.byNumber.get(number)
    if (!field) {
      reader.skip(wire)
      continue
    }
    const { type, json } = field
    if (type.kind === 'list' && !type.named) {
      const list = out[json]
      const value = fieldValue(type.of, reader, wire)
      if (Array.isArray(list)) list.push(value)
      else out[json] = [value]
    } else if (type.kind === 'map') {
      const [key, value] = mapEntry(type.of, reader.bytes())
      const map = out[json]
      if (typeof map === 'object' && map !== null) Object.assign(map, { [key]: value })
      else out[json] = { [key]: value }
    } else {
      const value = fieldValue(type, reader, wire)
      if (json) out[json] = value
      else Object.assign(out, value)
    }
  }
  return out
}

/** The object in an envelope, or undefined when the bytes have no envelope. `fallback` is the kind when the envelope names none. */
export function decodeEnvelope(
  bytes: Buffer,
  fallback: { apiVersion: string; kind: string },
): Record<string, unknown> | undefined {
  if (!bytes.subarray(0, 4).equals(magic)) return undefined
  const unknown = smallMessage(bytes.subarray(4))
  const meta = unknown.get(1)
  const typeMeta = Buffer.isBuffer(meta) ? smallMessage(meta) : new Map<number, number | Buffer>()
  const apiVersion = textAt(typeMeta, 1) || fallback.apiVersion
  const kind = textAt(typeMeta, 2) || fallback.kind
  const raw = unknown.get(2)
  const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)
  if (textAt(unknown, 4) === 'application/json') return JSON.parse(body.toString())
  const struct =
    goStructOf(apiVersion, kind) ?? (kind === 'DeleteOptions' ? goStruct('meta/v1.DeleteOptions') : undefined)
  if (!struct) throw new DecodeError(`no kind "${kind}" is registered for version "${apiVersion}" in scheme`)
  return { kind, apiVersion, ...decodeMessage(struct, body) }
}
