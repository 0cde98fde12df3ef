/** Sprig's functions on strings. Lengths and places are bytes, as in Go. */
import { printValue } from '../go-print.ts'
import { goBytes, goLength, goQuote, goSlice, goString } from '../go-string.ts'
import { withGoType } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { bounded, intOf, stringList, stringOf, textOf, textsOf } from './cast.ts'
import { camelCase, connectedCase, lowerCase, swapCase, titleCase, upperCase } from './letter-case.ts'
import { randomIndex } from './random.ts'
import { trimRunes, wrapWords } from './wrap-words.ts'

const text2 = (run: (a: string, b: string) => unknown): TemplateFunction =>
  typed('string, string', ([a, b]) => run(stringOf(a), stringOf(b)))
const text1 = (run: (a: string) => unknown): TemplateFunction => typed('string', ([a]) => run(stringOf(a)))
const sized = (run: (size: number, text: string) => unknown): TemplateFunction =>
  typed('int, string', ([size, text]) => run(intOf(size), stringOf(text)))

/** What Go takes for white space: unlike in JavaScript the byte order mark is none. */
const spaces = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u

/** The library below sprig goes byte by byte: what is not ASCII comes out as other characters once there is a space to be taken out. */
function withoutSpaces(text: string): string {
  const bytes = goBytes(text)
  const kept = bytes.filter(byte => !spaces.test(String.fromCharCode(byte)))
  return kept.length === bytes.length ? text : Buffer.from(kept).toString('latin1')
}

/** Byte by byte as well. */
function initials(text: string): string {
  let out = ''
  let gap = true
  for (const byte of goBytes(text)) {
    const char = String.fromCharCode(byte)
    const space = spaces.test(char)
    if (gap && !space) out += char
    gap = space
  }
  return out
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))

const random = (from: string): TemplateFunction =>
  typed('int', ([count]) => {
    const length = bounded(intOf(count))
    const out = Buffer.alloc(length)
    for (let index = 0; index < length; index++) out[index] = from.charCodeAt(randomIndex(from.length))
    return out.toString('latin1')
  })

export function indent(spaces: number, text: string): string {
  if (spaces < 0) throw new Error('strings: negative Repeat count')
  bounded(spaces * (text.split('\n').length + 1) + text.length)
  const pad = ' '.repeat(spaces)
  return pad + text.replaceAll('\n', `\n${pad}`)
}

function truncate(count: number, text: string): string {
  const length = goLength(text)
  if (count < 0 && length + count > 0) return goSlice(text, length + count)
  return count >= 0 && length > count ? goSlice(text, 0, count) : text
}

function substring(start: number, end: number, text: string): string {
  const length = goLength(text)
  const from = start < 0 ? 0 : start
  const to = start < 0 ? end : end < 0 || end > length ? length : end
  if (start < 0 && (to < 0 || to > length)) {
    throw new Error(`runtime error: slice bounds out of range [:${to}]${to < 0 ? '' : ` with length ${length}`}`)
  }
  if (to < from || to > length) throw new Error(`runtime error: slice bounds out of range [${from}:${to}]`)
  return goSlice(text, from, to)
}

function abbreviate(offset: number, width: number, text: string): string {
  const length = goLength(text)
  if (text === '' || width < 4 || length <= width) return width < 4 ? '' : text
  let from = Math.min(offset, length)
  if (length - from < width - 3) from = length - (width - 3)
  if (from <= 4) return `${goSlice(text, 0, width - 3)}...`
  if (width < 7) return ''
  if (from + width - 3 < length) return `...${abbreviate(0, width - 3, goSlice(text, from))}`
  return `...${goSlice(text, length - (width - 3))}`
}

function numbered(parts: readonly string[]): Record<string, string> {
  // A map with a million keys takes seconds to make.
  bounded(parts.length * 32)
  return withGoType(Object.fromEntries(parts.map((part, index) => [`_${index}`, part])), 'map[string]string')
}

/** A text that is gone through character by character, by a function that takes so many times as long for each as others; some seconds for the longest. */
function unhurried(text: string, times: number): string {
  bounded(text.length * times)
  return text
}

function splitUpTo(separator: string, count: number, text: string): string[] {
  if (count === 0) return []
  const parts = separator === '' ? [...text] : text.split(separator)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

const splitAll = (separator: string, text: string): string[] => stringList(splitUpTo(separator, -1, text))

export const stringFunctions: Record<string, TemplateFunction> = {
  abbrev: sized((width, text) => (width < 4 ? text : abbreviate(0, width, text))),
  abbrevboth: typed('int, int, string', ([left, right, text]) =>
    intOf(right) < 4 || (intOf(left) > 0 && intOf(right) < 7)
      ? text
      : abbreviate(intOf(left), intOf(right), stringOf(text)),
  ),
  trunc: sized(truncate),
  trim: text1(text => trimRunes(text, spaces)),
  upper: text1(upperCase),
  lower: text1(lowerCase),
  title: text1(text => titleCase(unhurried(text, 3))),
  untitle: text1(text =>
    text.replace(/(^|[\s\u0085])([^\s\u0085])/gu, (_, gap, char) => `${gap}${lowerCase(String(char))}`),
  ),
  substr: typed('int, int, string', ([start, end, text]) => substring(intOf(start), intOf(end), stringOf(text))),
  repeat: sized((count, text) => {
    if (count < 0) throw new Error('strings: negative Repeat count')
    bounded(count * text.length)
    return text.repeat(count)
  }),
  trimall: text2((cut, text) => trimRunes(text, cut)),
  trimAll: text2((cut, text) => trimRunes(text, cut)),
  trimSuffix: text2((end, text) => (end && text.endsWith(end) ? text.slice(0, -end.length) : text)),
  trimPrefix: text2((start, text) => (text.startsWith(start) ? text.slice(start.length) : text)),
  nospace: text1(withoutSpaces),
  initials: text1(initials),
  randAlphaNum: random(letters + digits),
  randAlpha: random(letters),
  randAscii: random(ascii),
  randNumeric: random(digits),
  swapcase: text1(text => swapCase(unhurried(text, 3))),
  shuffle: text1(text => {
    // Their memory lies too far apart for more to be done in a second.
    bounded(text.length * 4)
    const runes = new Uint32Array(text.length)
    let count = 0
    for (let at = 0; at < text.length; count++) {
      const rune = text.codePointAt(at) ?? 0
      runes[count] = rune
      at += rune > 0xffff ? 2 : 1
    }
    for (let at = count - 1; at > 0; at--) {
      const other = randomIndex(at + 1)
      const rune = runes[at] ?? 0
      runes[at] = runes[other] ?? 0
      runes[other] = rune
    }
    let out = ''
    for (let at = 0; at < count; at += 4096)
      out += String.fromCodePoint(...runes.subarray(at, Math.min(count, at + 4096)))
    return out
  }),
  snakecase: text1(text => connectedCase(unhurried(text, 8), '_')),
  camelcase: text1(text => camelCase(unhurried(text, 3))),
  kebabcase: text1(text => connectedCase(unhurried(text, 8), '-')),
  wrap: sized((width, text) => wrapWords(text, width, '\n', false)),
  wrapWith: typed('int, string, string', ([width, newline, text]) =>
    wrapWords(stringOf(text), intOf(width), stringOf(newline) || '\n', true),
  ),
  contains: text2((part, text) => text.includes(part)),
  hasPrefix: text2((start, text) => text.startsWith(start)),
  hasSuffix: text2((end, text) => text.endsWith(end)),
  quote: typed('...any', args =>
    args
      .filter(arg => arg != null)
      .map(arg => goQuote(textOf(arg)))
      .join(' '),
  ),
  squote: typed('...any', args =>
    args
      .filter(arg => arg != null)
      .map(arg => `'${printValue(arg)}'`)
      .join(' '),
  ),
  cat: typed('...any', args =>
    args
      .filter(arg => arg != null)
      .map(arg => printValue(arg))
      .join(' '),
  ),
  indent: sized(indent),
  nindent: sized((spaces, text) => `\n${indent(spaces, text)}`),
  replace: typed('string, string, string', ([old, fresh, text]) => {
    const from = stringOf(old)
    const parts = splitAll(from, stringOf(text))
    const to = stringOf(fresh)
    bounded(parts.length * to.length + stringOf(text).length)
    return from === '' ? to + parts.map(part => part + to).join('') : parts.join(to)
  }),
  plural: typed('string, string, int', ([one, many, count]) => (count === 1n ? one : many)),
  toString: typed('any', ([value]) => textOf(value)),
  toStrings: typed('any', ([value]) => stringList(textsOf(value))),
  join: typed('string, any', ([separator, list]) => textsOf(list).join(stringOf(separator))),
  split: text2((separator, text) => numbered(splitAll(separator, text))),
  splitList: text2(splitAll),
  splitn: typed('string, int, string', ([separator, count, text]) =>
    numbered(splitUpTo(stringOf(separator), intOf(count), stringOf(text))),
  ),
  b64enc: text1(text => goBytes(text).toString('base64')),
  b64dec: text1(decodeBase64),
  b32enc: text1(text => encodeBase32(goBytes(text))),
  b32dec: text1(decodeBase32),
  hello: typed('', () => 'Hello!'),
}

/** Go answers the error's text instead of failing. */
function decodeBase64(text: string): string {
  const problem = base64Problem(text)
  return problem === undefined ? goString(Buffer.from(text, 'base64')) : problem
}

/** What Go's decoder says of a text that is no standard base64; undefined when it is. */
export function base64Problem(text: string): string | undefined {
  const bare = text.replace(/[\r\n]/g, '')
  const at = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(bare)?.[0].length ?? 0
  if (at === bare.length) return undefined
  const good = /^[A-Za-z0-9+/]*/.exec(bare.slice(at))?.[0].length ?? 0
  const rest = bare.length - at
  // Line ends count for the place; at the end of the text all of them do.
  if (good === rest) return `illegal base64 data at input byte ${at + text.length - bare.length}`
  let place = 0
  for (let left = at + good; left > 0 || /[\r\n]/.test(text[place] ?? ''); place++)
    if (!/[\r\n]/.test(text[place] ?? '')) left--
  return `illegal base64 data at input byte ${place}`
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function encodeBase32(bytes: Buffer): string {
  let out = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += base32[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) out += base32[(held << (5 - bits)) & 31]
  return out + '='.repeat((8 - (out.length % 8)) % 8)
}

function decodeBase32(text: string): string {
  const bare = text.replace(/[\r\n]/g, '')
  const valid = /^(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?/.exec(bare)
  const at = valid?.[0].length ?? 0
  if (at !== bare.length) {
    const good = /^[A-Z2-7]*/.exec(bare.slice(at))?.[0].length ?? 0
    return `illegal base32 data at input byte ${at + good === bare.length ? at : at + good}`
  }
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const char of bare.replaceAll('=', '')) {
    held = (held << 5) | base32.indexOf(char)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((held >> bits) & 255)
    }
    held &= (1 << bits) - 1
  }
  return goString(Buffer.from(bytes))
}
