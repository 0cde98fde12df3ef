/**
 * A fast reader for the YAML that programs write into indexes: block mappings and lists, scalars on one line or folded over
 * several, literal blocks. Several times faster than the whole language, which counts at megabytes. It answers only when
 * it is sure; for everything else (anchors, tags, comments within lines, errors) the caller asks the real parser.
 */
import { parseFirst, resolvePlain } from '@sluice/yaml'

/** The text may mean something that only the real parser knows. */
class Unsure extends Error {}

/** `undefined`: not sure, or nothing there. */
export function readPlainYaml(text: string): unknown {
  // What ends lines or is refused elsewhere; tabs are looked at where they matter.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff]/.test(text)) return undefined
  try {
    return new Reader(text).document()
  } catch (error) {
    if (error instanceof Unsure) return undefined
    throw error
  }
}

const CODE = { newline: 10, space: 32, hash: 35, dash: 45, colon: 58 } as const

/** Characters that no plain scalar begins with, by code. */
const SPECIAL = new Uint8Array(128)
for (const char of '\t!"#%&\'*,-:>?@[]`{|}') SPECIAL[char.charCodeAt(0)] = 1
const MAX_DEPTH = 100
const END = -1

class Reader {
  readonly #text: string
  readonly #hasTabs: boolean
  /** Of the line that is next: where its content begins, its column (END after the last line), where it ends. */
  #at = 0
  #column = 0
  #end = 0
  #depth = 0
  /** The key that was found last, and all that were found to be keys. */
  #key = ''
  readonly #keys = new Set<string>()

  constructor(text: string) {
    this.#text = text
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
        items.push(this.#column > column ? this.#block(this.#column) : null)
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
    const text = this.#text
    if (SPECIAL[text.charCodeAt(this.#at)] === 1) return -1
    for (let at = this.#at; ; at++) {
      at = text.indexOf(':', at)
      if (at < 0 || at >= this.#end) return -1
      if (at + 1 === this.#end || text.charCodeAt(at + 1) === CODE.space) {
        this.#key = text.slice(this.#at, at)
        return this.#isKey(this.#key) ? at : -1
      }
    }
  }

  /** Nearly every key has been seen before. */
  #isKey(key: string): boolean {
    if (this.#keys.has(key)) return true
    if (key.endsWith(' ') || key.includes(' #') || key.includes('\t') || key === '__proto__') return false
    // One that means something else than its text is not for here.
    if (resolvePlain(key, '1.1') !== key) return false
    this.#keys.add(key)
    return true
  }

  #valueAfter(from: number, column: number): unknown {
    let at = from
    while (at < this.#end && this.#text.charCodeAt(at) === CODE.space) at++
    if (at < this.#end) return this.#inline(at, column)
    this.#next()
    if (this.#column > column) return this.#block(this.#column)
    return this.#column === column && this.#isItem() ? this.#list(column) : null
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
    let blank = this.#end
    this.#next()
    while (this.#column > column) {
      // Empty lines, and comments, lie between.
      if (this.#at - this.#column !== blank + 1) throw new Unsure()
      text += ` ${this.#plainLine(this.#at)}`
      folded = true
      blank = this.#end
      this.#next()
    }
    if (folded) return text
    const value = resolvePlain(text, '1.1')
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Unsure()
    return value
  }

  #plainLine(from: number): string {
    let end = this.#end
    while (this.#text.charCodeAt(end - 1) === CODE.space) end--
    const line = this.#text.slice(from, end)
    if (line.includes(': ') || line.endsWith(':') || line.includes(' #') || line.startsWith('#')) throw new Unsure()
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
    if (text.slice(close + 1, end).trim() !== '') throw new Unsure()
    this.#end = end
    this.#next()
    const inside = raw.slice(1, -1)
    if (!inside.includes('\n') && !inside.includes(quote === '"' ? '\\' : "'")) return inside
    return this.#delegated(raw)
  }

  #flow(from: number): unknown {
    const raw = this.#text.slice(from, this.#end).trimEnd()
    this.#next()
    if (raw === '[]') return []
    if (raw === '{}') return {}
    if (!/[\]}]$/.test(raw) || raw.includes('#')) throw new Unsure()
    return this.#delegated(raw)
  }

  #delegated(raw: string): unknown {
    try {
      return parseFirst(raw)
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
