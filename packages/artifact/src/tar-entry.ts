/**
 * One entry of a tar archive as bytes, always the same for the same input: owner 0 without names, time 0, the modes Flux
 * uses (directories 0750, files 0600, executables 0700). USTAR where the name fits, a PAX header before it where not.
 */

const BLOCK = 512

export interface TarEntry {
  name: string
  kind: 'file' | 'directory'
  executable: boolean
  size: number
}

/** The header blocks; the content follows, then {@link tarPadding}. */
export function tarHeader(entry: TarEntry): Buffer {
  const mode = entry.kind === 'directory' ? 0o750 : entry.executable ? 0o700 : 0o600
  const type = entry.kind === 'directory' ? '5' : '0'
  const size = entry.kind === 'directory' ? 0 : entry.size
  const name = Buffer.from(entry.name)
  const plain = name.length === entry.name.length
  if (plain && name.length <= 100) return block(name, Buffer.alloc(0), mode, size, type)
  const split = plain ? splitName(entry.name) : undefined
  if (split) return block(Buffer.from(split.name), Buffer.from(split.prefix), mode, size, type)
  const record = paxRecord('path', entry.name)
  const pax = block(Buffer.from('PaxHeaders.0/path'), Buffer.alloc(0), 0o600, record.length, 'x')
  const short = block(name.subarray(0, 100), Buffer.alloc(0), mode, size, type)
  return Buffer.concat([pax, record, tarPadding(record.length), short])
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

function splitName(path: string): { name: string; prefix: string } | undefined {
  const slash = path.indexOf('/', Math.max(0, path.length - 101))
  if (slash <= 0 || slash > 155 || slash === path.length - 1) return undefined
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) }
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function block(name: Buffer, prefix: Buffer, mode: number, size: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK)
  name.copy(header, 0)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size, 11), 124)
  header.write(octal(0, 11), 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write('ustar\x0000', 257)
  prefix.copy(header, 345)
  let sum = 0
  for (const byte of header) sum += byte
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
