/**
 * A fast reader for the YAML that most files are: block mappings and lists, scalars on one line or folded over several,
 * literal blocks, collections in brackets on one line. Several times faster than the whole language. It answers only when
 * it is sure; for everything else (anchors, tags, several documents, errors) the caller asks the real parser.
 */
import { readDocuments } from './read-documents.ts'
import { type Dialect, resolvePlain } from './resolve-plain.ts'
import { SourceScalar } from './source-scalar.ts'

/** The text may mean something that only the real parser knows. */
class Unsure extends Error {}

/** `undefined`: not sure, or nothing there. `keepSource` as in ParseOptions. */
export function readPlainYaml(text: string, dialect: Dialect = '1.1', keepSource = false): unknown {
  // What ends lines or is refused elsewhere; tabs are looked at where they matter.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff]/.test(text) || !text.isWellFormed()) return undefined
  try {
    return new Reader(text, dialect, keepSource).document()
  } catch (error) {
    if (error instanceof Unsure) return undefined
    throw error
  }
}

const CODE = { newline: 10, space: 32, hash: 35, comma: 44, dash: 45, colon: 58 } as const

/** Characters that no plain scalar begins with, by code. */
const SPECIAL = new Uint8Array(128)
for (const char of '\t!"#%&\'*,-:>?@[]`{|}') SPECIAL[char.charCodeAt(0)] = 1
const MAX_DEPTH = 100
const END = -1

class Reader {
  readonly #text: string
  readonly #dialect: Dialect
  readonly #keepSource: boolean
  readonly #hasTabs: boolean
  /** Of the line that is next: where its content begins, its column (END after the last line), where it ends. */
  #at = 0
  #column = 0
  #end = 0
  #depth = 0
  /** The key that was found last, and all that were found to be keys. */
  #key = ''
  readonly #keys = new Set<string>()
  /** Whether a comment ended the line that was read last. */
  #isCut = false

  constructor(text: string, dialect: Dialect, keepSource: boolean) {
    this.#text = text
    this.#dialect = dialect
    this.#keepSource = keepSource
    this.#hasTabs = text.includes('\t')
  }

  document(): unknown {
    this.#line(0)
    if (this.#column === 0 && this.#text.slice(this.#at, this.#end) === '---') this.#next()
    if (!this.#isAt(0)) throw new Unsure()
    const value = this.#block(0)
    if (!this.#isAt(END)) throw new Unsure()
    return value
  }

  #isAt(column: number): boolean {
    return this.#column === column
  }

  /** Moves to the first line at or after `from` that has content. */
  #line(from: number): void {
    const text = this.#text
    for (let start = from; start < text.length; ) {
      let end = text.indexOf('\n', start)
      if (end < 0) end = text.length
      let at = start
      while (at < end && text.charCodeAt(at) === CODE.space) at++
      if (at < end && text.charCodeAt(at) !== CODE.hash) {
        this.#at = at
        this.#column = at - start
        this.#end = end
        if (this.#column === 0 && /^(?:---|\.\.\.|%)/.test(text.slice(at, at + 4)) && start > 0) throw new Unsure()
        return
      }
      start = end + 1
    }
    this.#column = END
  }

  #next(): void {
    this.#line(this.#end + 1)
  }

  /** The node that begins on the present line, at its column. */
  #block(column: number): unknown {
    if (++this.#depth > MAX_DEPTH) throw new Unsure()
    const value = this.#isItem() ? this.#list(column) : this.#mapping(column)
    this.#depth--
    return value
  }

  #isItem(): boolean {
    if (this.#text.charCodeAt(this.#at) !== CODE.dash) return false
    return this.#at + 1 === this.#end || this.#text.charCodeAt(this.#at + 1) === CODE.space
  }

  #list(column: number): unknown[] {
    const items: unknown[] = []
    while (this.#column === column && this.#isItem()) {
      let at = this.#at + 1
      while (at < this.#end && this.#text.charCodeAt(at) === CODE.space) at++
      if (at === this.#end) {
        this.#next()
        items.push(this.#column > column ? this.#block(this.#column) : this.#meant(''))
        continue
      }
      const inside = column + (at - this.#at)
      this.#at = at
      if (this.#isItem() || this.#keyEnd() >= 0) {
        this.#column = inside
        items.push(this.#block(inside))
      } else items.push(this.#inline(at, column))
    }
    if (this.#column > column) throw new Unsure()
    return items
  }

  #mapping(column: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    while (this.#column === column && !this.#isItem()) {
      const colon = this.#keyEnd()
      if (colon < 0) throw new Unsure()
      const key = this.#key
      if (key in fields) throw new Unsure()
      fields[key] = this.#valueAfter(colon + 1, column)
    }
    if (this.#column > column) throw new Unsure()
    return fields
  }

  /** Where the colon after the plain key at the start of the present line is, the key in #key; -1 without one. */
  #keyEnd(): number {
    const from = this.#at
    if (SPECIAL[this.#text.charCodeAt(from)] === 1) return -1
    const line = this.#text.slice(from, this.#end)
    for (let at = line.indexOf(':'); at >= 0; at = line.indexOf(':', at + 1)) {
      if (at + 1 === line.length || line.charCodeAt(at + 1) === CODE.space) {
        this.#key = line.slice(0, at)
        return this.#isKey(this.#key) ? from + at : -1
      }
    }
    return -1
  }

  /** Nearly every key has been seen before. */
  #isKey(key: string): boolean {
    if (this.#keys.has(key)) return true
    if (key.endsWith(' ') || key.includes(' #') || key.includes('\t')) return false
    if (key === '__proto__' || key === '<<') return false
    // One that means something else than its text is not for here.
    if (resolvePlain(key, this.#dialect) !== key) return false
    this.#keys.add(key)
    return true
  }

  #valueAfter(from: number, column: number): unknown {
    let at = from
    while (at < this.#end && this.#text.charCodeAt(at) === CODE.space) at++
    if (at < this.#end && this.#text.charCodeAt(at) !== CODE.hash) return this.#inline(at, column)
    this.#next()
    if (this.#column > column) return this.#block(this.#column)
    return this.#column === column && this.#isItem() ? this.#list(column) : this.#meant('')
  }

  /** A value that begins within a line; `column` is that of what holds it. Moves to the line after it. */
  #inline(at: number, column: number): unknown {
    const text = this.#text
    switch (text.charAt(at)) {
      case '"':
      case "'":
        return this.#quoted(at)
      case '|':
        return this.#literal(at, column)
      case '[':
      case '{':
        return this.#flow(at)
      default:
        return this.#plain(at, column)
    }
  }

  #plain(from: number, column: number): unknown {
    // A dash may begin one when something follows at once.
    const dashed = this.#text.charCodeAt(from) === CODE.dash && from + 1 < this.#end
    const begins = dashed && this.#text.charCodeAt(from + 1) !== CODE.space
    if (SPECIAL[this.#text.charCodeAt(from)] === 1 && !begins) throw new Unsure()
    let text = this.#plainLine(from)
    let folded = false
    // A comment ends a scalar, whatever follows.
    let blank = this.#isCut ? END : this.#end
    this.#next()
    while (this.#column > column) {
      // Empty lines, and comments, lie between.
      if (this.#at - this.#column !== blank + 1 || blank === END) throw new Unsure()
      text += ` ${this.#plainLine(this.#at)}`
      folded = true
      blank = this.#isCut ? END : this.#end
      this.#next()
    }
    const value = this.#meant(text)
    if (folded && value !== text) throw new Unsure()
    return value
  }

  #meant(text: string): unknown {
    const value = resolvePlain(text, this.#dialect)
    if (value === text) return text
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Unsure()
    if (!this.#keepSource) return typeof value === 'bigint' ? Number(value) : value
    return String(value) === text ? value : new SourceScalar(value, text)
  }

  #plainLine(from: number): string {
    let line = this.#text.slice(from, this.#end)
    const hash = line.indexOf(' #')
    this.#isCut = hash >= 0
    if (this.#isCut) line = line.slice(0, hash)
    if (line.endsWith(' ')) line = line.replace(/ +$/, '')
    if (line.includes(': ') || line.endsWith(':') || line.startsWith('#')) throw new Unsure()
    if (this.#hasTabs && line.includes('\t')) throw new Unsure()
    return line
  }

  #quoted(from: number): unknown {
    const text = this.#text
    const quote = text.charAt(from)
    let close = from + 1
    for (;;) {
      close = text.indexOf(quote, close)
      if (close < 0) throw new Unsure()
      if (quote === '"') {
        let slashes = 0
        while (text.charAt(close - 1 - slashes) === '\\') slashes++
        if (slashes % 2 === 0) break
        close++
      } else if (text.charAt(close + 1) === quote) close += 2
      else break
    }
    const raw = text.slice(from, close + 1)
    let end = text.indexOf('\n', close)
    if (end < 0) end = text.length
    if (!/^ *(?: #|$)/.test(text.slice(close + 1, end))) throw new Unsure()
    this.#end = end
    this.#next()
    const inside = raw.slice(1, -1)
    if (!inside.includes('\n') && !inside.includes(quote === '"' ? '\\' : "'")) return inside
    return this.#delegated(raw)
  }

  #flow(from: number): unknown {
    this.#at = from
    const value = this.#flowNode()
    if (!/^ *(?: #|$)/.test(this.#text.slice(this.#at, this.#end))) throw new Unsure()
    this.#next()
    return value
  }

  /** A node within brackets; moves behind it. */
  #flowNode(): unknown {
    if (++this.#depth > MAX_DEPTH) throw new Unsure()
    const open = this.#text.charAt(this.#at)
    const value = open === '[' ? this.#flowList() : open === '{' ? this.#flowMapping() : this.#flowScalar()
    this.#depth--
    return value
  }

  #flowList(): unknown[] {
    const items: unknown[] = []
    while (this.#entry(']', items.length === 0)) items.push(this.#flowNode())
    return items
  }

  #flowMapping(): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    for (let isFirst = true; this.#entry('}', isFirst); isFirst = false) {
      const from = this.#at
      const key = this.#flowScalar()
      const isQuoted = typeof key === 'string' && /["']/.test(this.#text.charAt(from))
      if (typeof key !== 'string' || (!isQuoted && !this.#isKey(key)) || key === '__proto__' || key === '<<') {
        throw new Unsure()
      }
      if (key in fields || this.#text.slice(this.#at, this.#at + 2) !== ': ') throw new Unsure()
      this.#at += 2
      this.#skipSpaces()
      fields[key] = this.#flowNode()
    }
    return fields
  }

  /** Moves to the next entry of brackets, or behind their end. */
  #entry(close: string, isFirst: boolean): boolean {
    if (isFirst) this.#at++
    this.#skipSpaces()
    if (this.#text.charAt(this.#at) === close) {
      this.#at++
      return false
    }
    if (isFirst) return true
    if (this.#text.charCodeAt(this.#at) !== CODE.comma) throw new Unsure()
    this.#at++
    this.#skipSpaces()
    if (this.#text.charAt(this.#at) === close) throw new Unsure()
    return true
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === CODE.space) this.#at++
    if (this.#at >= this.#end) throw new Unsure()
  }

  #flowScalar(): unknown {
    const from = this.#at
    const quote = this.#text.charAt(from)
    if (quote === '"' || quote === "'") {
      const close = this.#text.indexOf(quote, from + 1)
      if (close < 0 || close >= this.#end || this.#text.charAt(close + 1) === quote) throw new Unsure()
      this.#at = close + 1
      const inside = this.#text.slice(from + 1, close)
      if (inside.includes('\\') && quote === '"') throw new Unsure()
      return inside
    }
    if (SPECIAL[this.#text.charCodeAt(from)] === 1) throw new Unsure()
    let to = from
    while (to < this.#end && !',[]{}:#'.includes(this.#text.charAt(to))) to++
    const next = this.#text.charAt(to)
    if (to === this.#end || next === '#' || next === '[' || next === '{') throw new Unsure()
    // A colon may belong to the text: who can tell.
    if (next === ':' && this.#text.charCodeAt(to + 1) !== CODE.space) throw new Unsure()
    this.#at = to
    while (this.#text.charCodeAt(to - 1) === CODE.space) to--
    if (next === ':' && to !== this.#at) throw new Unsure()
    const text = this.#text.slice(from, to)
    if (this.#hasTabs && text.includes('\t')) throw new Unsure()
    return next === ':' ? text : this.#meant(text)
  }

  #delegated(raw: string): unknown {
    try {
      return readDocuments(raw, { dialect: this.#dialect, keepSource: this.#keepSource })[0]?.value
    } catch {
      throw new Unsure()
    }
  }

  #literal(from: number, column: number): string {
    const header = this.#text.slice(from, this.#end).trimEnd()
    if (header !== '|' && header !== '|-' && header !== '|+') throw new Unsure()
    const text = this.#text
    const lines: string[] = []
    let indent = -1
    let start = this.#end + 1
    let blanks = 0
    while (start < text.length) {
      let end = text.indexOf('\n', start)
      if (end < 0) end = text.length
      let at = start
      while (at < end && text.charCodeAt(at) === CODE.space) at++
      if (at === end) {
        if (indent >= 0 && at - start > indent) throw new Unsure()
        if (indent < 0 && at > start) throw new Unsure()
        blanks++
      } else {
        if (at - start <= column) break
        if (indent < 0) indent = at - start
        if (at - start < indent || text.charAt(at) === '\t') throw new Unsure()
        for (; blanks > 0; blanks--) lines.push('')
        lines.push(text.slice(start + indent, end))
      }
      // Whether the last line has an end matters to the real parser.
      if (end === text.length) throw new Unsure()
      start = end + 1
    }
    if (indent < 0) throw new Unsure()
    this.#end = start - 1
    this.#next()
    const body = lines.join('\n')
    if (header === '|-') return body
    return `${body}\n${header === '|+' ? '\n'.repeat(blanks) : ''}`
  }
}
