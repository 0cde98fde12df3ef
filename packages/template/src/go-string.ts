/**
 * Go strings are bytes, ours are UTF-16. Bytes that are not UTF-8 live in our strings as lone surrogates U+DC80..U+DCFF, so that nothing is lost
 * between decoding and encoding again.
 */
const invalid = /[\udc80-\udcff]/

/** The bytes Go would hold. */
export function goBytes(text: string): Buffer {
  if (!invalid.test(text) || text.isWellFormed()) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const lone = unit >= 0xdc80 && unit <= 0xdcff && !isHigh(text.charCodeAt(at - 1))
    if (!lone) continue
    parts.push(Buffer.from(text.slice(from, at), 'utf8'), Buffer.of(unit - 0xdc00))
    from = at + 1
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'))
  return Buffer.concat(parts)
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The string of bytes; what is no UTF-8 is kept byte by byte. */
export function goString(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let out = ''
    for (let at = 0; at < bytes.length; ) {
      const length = runeLength(bytes, at)
      if (length === 0) out += String.fromCharCode(0xdc00 + (bytes[at++] ?? 0))
      else {
        out += Buffer.from(bytes.subarray(at, at + length)).toString('utf8')
        at += length
      }
    }
    return out
  }
}

/** How many bytes the character at a place has; 0 when it is none. */
function runeLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
  if (length === 0 || first >= 0xf5 || at + length > bytes.length) return 0
  try {
    strict.decode(bytes.subarray(at, at + length))
    return length
  } catch {
    return 0
  }
}

/** How many bytes Go counts. */
export const goLength = (text: string): number => (/^[\0-\x7f]*$/.test(text) ? text.length : goBytes(text).length)

/** `text[from:to]` by bytes. */
export function goSlice(text: string, from: number, to?: number): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.slice(from, to)
  return goString(goBytes(text).subarray(from, to))
}

/** Go's order of strings: by bytes. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  // UTF-16 order is byte order unless surrogates are among the characters.
  if (!/[\ud800-\uffff]/.test(a) && !/[\ud800-\uffff]/.test(b)) return a < b ? -1 : 1
  return Buffer.compare(goBytes(a), goBytes(b))
}

const short: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** strconv.Quote; with `ascii` strconv.QuoteToASCII. */
export function goQuote(text: string, ascii = false, mark = '"'): string {
  if (mark === '"' && /^[ !#-[\]-~]*$/.test(text)) return `"${text}"`
  let out = mark
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (char === mark) out += `\\${mark}`
    else if (char === '"') out += char
    else if (short[char] !== undefined) out += short[char]
    else if (code >= 0x20 && code < 0x7f) out += char
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`
    else if (!ascii && isPrintable(char)) out += char
    else if (code < 0x80) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return out + mark
}

export const isPrintable = (char: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)

const escapes: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }

/** strconv.Unquote of a text in double quotes, backquotes or single quotes; undefined when it is not well formed. */
export function goUnquote(text: string): string | undefined {
  const mark = text[0]
  if (text.length < 2 || mark !== text.at(-1)) return undefined
  const body = text.slice(1, -1)
  if (mark === '`') return body.replaceAll('\r', '')
  if (!body.includes('\\')) return body.includes('\n') ? undefined : body
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf('\\', at)
    if (next !== at) {
      parts.push(goBytes(body.slice(at, next < 0 ? undefined : next)))
      at = next < 0 ? body.length : next
      continue
    }
    const rest = body.slice(at + 1, at + 11)
    const wide = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest)
    const byte = /^(?:x([0-9a-fA-F]{2})|([0-7]{3}))/.exec(rest)
    const letter = rest[0] ?? ''
    if (wide) {
      const code = Number.parseInt(wide[1] ?? wide[2] ?? '', 16)
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined
      parts.push(Buffer.from(String.fromCodePoint(code), 'utf8'))
      at += 1 + wide[0].length
    } else if (byte) {
      const value = byte[1] ? Number.parseInt(byte[1], 16) : Number.parseInt(byte[2] ?? '', 8)
      if (value > 255) return undefined
      // In a character constant \xNN is a character, in a string a byte.
      parts.push(mark === "'" ? Buffer.from(String.fromCodePoint(value), 'utf8') : Buffer.of(value))
      at += 1 + byte[0].length
    } else if (letter === mark || escapes[letter] !== undefined) {
      parts.push(Buffer.from(escapes[letter] ?? letter))
      at += 2
    } else return undefined
  }
  return goString(Buffer.concat(parts))
}
