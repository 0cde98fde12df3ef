/**
 * go-yaml's scanner (libyaml's), token by token. It decides what the Go tools accept and in which words they refuse; slower than the parser that reads well-formed text,
 * so it only runs on texts which that one does not take.
 */

import { scanBlockScalar, scanPlainScalar, scanQuotedScalar } from './go-scanner-scalars.ts'
import { GoSyntaxError } from './go-syntax-error.ts'

export interface Mark {
  /** UTF-16 offset. */
  index: number
  /** 0-based. */
  line: number
  /** 0-based. */
  column: number
}

export type TokenType =
  | 'stream-end'
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar'

export type ScalarKind = 'plain' | 'single' | 'double' | 'literal' | 'folded'

export interface Token {
  type: TokenType
  start: Mark
  end: Mark
  /** Scalars: their decoded value. */
  value?: string
  kind?: ScalarKind
}

interface SimpleKey {
  possible: boolean
  required: boolean
  tokenNumber: number
  mark: Mark
}

const maxDepth = 10_000

export class GoScanner {
  readonly text: string
  index = 0
  line = 0
  column = 0
  flowLevel = 0
  indent = -1
  simpleKeyAllowed = true
  private readonly indents: number[] = []
  private readonly tokens: Token[] = []
  private tokensParsed = 0
  private tokenAvailable = false
  private ended = false
  private simpleKeys: SimpleKey[] = [
    { possible: false, required: false, tokenNumber: 0, mark: { index: 0, line: 0, column: 0 } },
  ]
  private readonly keysByToken = new Map<number, SimpleKey>()

  constructor(text: string) {
    this.text = text
  }

  peek(): Token {
    if (!this.tokenAvailable) this.fetchMore()
    const [token] = this.tokens
    if (!token) throw new GoSyntaxError('unexpected end of the text', this.line + 1, this.line + 1)
    return token
  }

  next(): Token {
    const token = this.peek()
    this.tokens.shift()
    this.tokensParsed++
    this.tokenAvailable = false
    return token
  }

  mark(): Mark {
    return { index: this.index, line: this.line, column: this.column }
  }

  fail(reason: string, mark: Mark): never {
    // The line where it began, else the one it came to; the first is never named.
    const named = mark.line || this.line
    throw new GoSyntaxError(
      reason,
      mark.line + 1,
      named === 0 ? undefined : named + 1,
      this.line === 0 ? undefined : this.line + 1,
    )
  }

  /** The character `ahead` of here; the empty text at the end. */
  char(ahead = 0): string {
    return this.text.charAt(this.index + ahead)
  }

  isBlank(ahead = 0): boolean {
    const char = this.char(ahead)
    return char === ' ' || char === '\t'
  }

  isBreak(ahead = 0): boolean {
    const char = this.char(ahead)
    return char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'
  }

  isEnd(ahead = 0): boolean {
    return this.index + ahead >= this.text.length
  }

  isBreakOrEnd(ahead = 0): boolean {
    return this.isEnd(ahead) || this.isBreak(ahead)
  }

  isBlankOrEnd(ahead = 0): boolean {
    return this.isBlank(ahead) || this.isBreakOrEnd(ahead)
  }

  skip(count = 1): void {
    this.index += count
    this.column += count
  }

  /** Steps over a line break and returns it as it goes into a value. */
  skipLine(): string {
    const char = this.char()
    this.index += char === '\r' && this.char(1) === '\n' ? 2 : 1
    this.column = 0
    this.line++
    return char === '\u2028' || char === '\u2029' ? char : '\n'
  }

  /** Whether a line begins here with `---` or `...`. */
  atDocumentIndicator(): boolean {
    if (this.column !== 0) return false
    const three = this.text.slice(this.index, this.index + 3)
    return (three === '---' || three === '...') && this.isBlankOrEnd(3)
  }

  private fetchMore(): void {
    for (;;) {
      if (this.tokens.length > 2 || this.ended) {
        const key = this.keysByToken.get(this.tokensParsed)
        if (!key || !this.isValid(key)) break
      }
      if (this.ended) break
      this.fetchNext()
    }
    this.tokenAvailable = true
  }

  private fetchNext(): void {
    this.toNextToken()
    this.unrollIndent(this.column)
    this.fetcherHere()()
  }

  /** What the character here begins. */
  private fetcherHere(): () => void {
    if (this.isEnd()) return () => this.fetchStreamEnd()
    const char = this.char()
    if (this.column === 0 && char === '%') return () => this.fetchDirective()
    if (this.atDocumentIndicator())
      return () => this.fetchDocumentIndicator(char === '-' ? 'document-start' : 'document-end')
    const flow = this.flowLevel > 0
    switch (char) {
      case '[':
        return () => this.fetchFlowStart('flow-sequence-start')
      case '{':
        return () => this.fetchFlowStart('flow-mapping-start')
      case ']':
        return () => this.fetchFlowEnd('flow-sequence-end')
      case '}':
        return () => this.fetchFlowEnd('flow-mapping-end')
      case ',':
        return () => this.fetchFlowEntry()
      case '*':
        return () => this.fetchAnchor('alias')
      case '&':
        return () => this.fetchAnchor('anchor')
      case '!':
        return () => this.fetchTag()
      case "'":
        return () => this.fetchQuoted('single')
      case '"':
        return () => this.fetchQuoted('double')
    }
    if (char === '-' && this.isBlankOrEnd(1)) return () => this.fetchBlockEntry()
    if (char === '?' && (flow || this.isBlankOrEnd(1))) return () => this.fetchKey()
    if (char === ':' && (flow || this.isBlankOrEnd(1))) return () => this.fetchValue()
    if ((char === '|' || char === '>') && !flow) return () => this.fetchBlockScalar(char === '|')
    const startsPlain =
      !(this.isBlankOrEnd() || '-?:,[]{}#&*!|>\'"%@`'.includes(char)) ||
      (char === '-' && !this.isBlank(1)) ||
      (!flow && (char === '?' || char === ':') && !this.isBlankOrEnd(1))
    if (startsPlain) return () => this.fetchPlain()
    this.fail('found character that cannot start any token', this.mark())
  }

  private toNextToken(): void {
    for (;;) {
      if (this.column === 0 && this.char() === '\ufeff') this.skip()
      while (this.char() === ' ' || ((this.flowLevel > 0 || !this.simpleKeyAllowed) && this.char() === '\t'))
        this.skip()
      if (this.char() === '#') while (!this.isBreakOrEnd()) this.skip()
      if (!this.isBreak()) return
      this.skipLine()
      if (this.flowLevel === 0) this.simpleKeyAllowed = true
    }
  }

  private insert(position: number, token: Token): void {
    if (position < 0) this.tokens.push(token)
    else this.tokens.splice(position, 0, token)
  }

  /** Adds a token of `length` characters that begins here. */
  private add(type: TokenType, length: number): void {
    const start = this.mark()
    this.skip(length)
    this.insert(-1, { type, start, end: this.mark() })
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false
    if (key.mark.line < this.line || key.mark.index + 1024 < this.index) {
      if (key.required) this.fail("could not find expected ':'", key.mark)
      key.possible = false
      return false
    }
    return true
  }

  private lastKey(): SimpleKey {
    const key = this.simpleKeys.at(-1)
    if (!key) throw new GoSyntaxError('unexpected end of a collection', this.line + 1, this.line + 1)
    return key
  }

  private saveSimpleKey(): void {
    if (!this.simpleKeyAllowed) return
    this.removeSimpleKey()
    const key: SimpleKey = {
      possible: true,
      required: this.flowLevel === 0 && this.indent === this.column,
      tokenNumber: this.tokensParsed + this.tokens.length,
      mark: this.mark(),
    }
    this.simpleKeys[this.simpleKeys.length - 1] = key
    this.keysByToken.set(key.tokenNumber, key)
  }

  private removeSimpleKey(): void {
    const key = this.lastKey()
    if (!key.possible) return
    if (key.required) this.fail("could not find expected ':'", key.mark)
    key.possible = false
    this.keysByToken.delete(key.tokenNumber)
  }

  private rollIndent(column: number, number: number, type: TokenType, mark: Mark): void {
    if (this.flowLevel > 0 || this.indent >= column) return
    this.indents.push(this.indent)
    this.indent = column
    if (this.indents.length > maxDepth) this.fail(`exceeded max depth of ${maxDepth}`, mark)
    this.insert(number < 0 ? -1 : number - this.tokensParsed, { type, start: mark, end: mark })
  }

  private unrollIndent(column: number): void {
    if (this.flowLevel > 0) return
    while (this.indent > column) {
      const mark = this.mark()
      this.insert(-1, { type: 'block-end', start: mark, end: mark })
      this.indent = this.indents.pop() ?? -1
    }
  }

  private fetchStreamEnd(): void {
    if (this.column !== 0) {
      this.column = 0
      this.line++
    }
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.simpleKeyAllowed = false
    this.ended = true
    this.add('stream-end', 0)
  }

  private fetchDirective(): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.simpleKeyAllowed = false
    const start = this.mark()
    while (!this.isBreakOrEnd() && this.char() !== '#') this.skip()
    const value = this.text.slice(start.index, this.index).trim()
    const name = /^%(\w*)/.exec(value)?.[1] ?? ''
    if (name === '') this.fail('could not find expected directive name', start)
    if (name !== 'YAML' && name !== 'TAG') this.fail('found unknown directive name', start)
    while (!this.isBreakOrEnd()) this.skip()
    this.insert(-1, { type: 'directive', start, end: this.mark(), value })
  }

  private fetchDocumentIndicator(type: 'document-start' | 'document-end'): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.simpleKeyAllowed = false
    this.add(type, 3)
  }

  private fetchFlowStart(type: TokenType): void {
    this.saveSimpleKey()
    this.simpleKeys.push({
      possible: false,
      required: false,
      tokenNumber: this.tokensParsed + this.tokens.length,
      mark: this.mark(),
    })
    this.flowLevel++
    if (this.flowLevel > maxDepth) this.fail(`exceeded max depth of ${maxDepth}`, this.mark())
    this.simpleKeyAllowed = true
    this.add(type, 1)
  }

  private fetchFlowEnd(type: TokenType): void {
    this.removeSimpleKey()
    if (this.flowLevel > 0) {
      this.flowLevel--
      const last = this.simpleKeys.pop()
      if (last) this.keysByToken.delete(last.tokenNumber)
    }
    this.simpleKeyAllowed = false
    this.add(type, 1)
  }

  private fetchFlowEntry(): void {
    this.removeSimpleKey()
    this.simpleKeyAllowed = true
    this.add('flow-entry', 1)
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) {
        this.fail('block sequence entries are not allowed in this context', this.mark())
      }
      this.rollIndent(this.column, -1, 'block-sequence-start', this.mark())
    }
    this.removeSimpleKey()
    this.simpleKeyAllowed = true
    this.add('block-entry', 1)
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) this.fail('mapping keys are not allowed in this context', this.mark())
      this.rollIndent(this.column, -1, 'block-mapping-start', this.mark())
    }
    this.removeSimpleKey()
    this.simpleKeyAllowed = this.flowLevel === 0
    this.add('key', 1)
  }

  private fetchValue(): void {
    const key = this.lastKey()
    if (this.isValid(key)) {
      this.insert(key.tokenNumber - this.tokensParsed, { type: 'key', start: key.mark, end: key.mark })
      this.rollIndent(key.mark.column, key.tokenNumber, 'block-mapping-start', key.mark)
      key.possible = false
      this.keysByToken.delete(key.tokenNumber)
      this.simpleKeyAllowed = false
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed) this.fail('mapping values are not allowed in this context', this.mark())
        this.rollIndent(this.column, -1, 'block-mapping-start', this.mark())
      }
      this.simpleKeyAllowed = this.flowLevel === 0
    }
    this.add('value', 1)
  }

  private fetchAnchor(type: 'alias' | 'anchor'): void {
    this.saveSimpleKey()
    this.simpleKeyAllowed = false
    const start = this.mark()
    this.skip()
    while (/[0-9A-Za-z_-]/.test(this.char())) this.skip()
    if (this.index === start.index + 1 || !(this.isBlankOrEnd() || '?:,]}%@`'.includes(this.char()))) {
      this.fail('did not find expected alphabetic or numeric character', start)
    }
    this.insert(-1, { type, start, end: this.mark() })
  }

  private fetchTag(): void {
    this.saveSimpleKey()
    this.simpleKeyAllowed = false
    const start = this.mark()
    if (this.char(1) === '<') {
      while (!this.isBlankOrEnd() && this.char() !== '>') this.skip()
      if (this.char() !== '>') this.fail("did not find the expected '>'", start)
      this.skip()
    } else while (/[\w\-;/?:@&=+$,.!~*'()[\]%]/.test(this.char())) this.skip()
    if (!this.isBlankOrEnd()) this.fail('did not find expected whitespace or line break', start)
    this.insert(-1, { type: 'tag', start, end: this.mark() })
  }

  private fetchBlockScalar(literal: boolean): void {
    this.removeSimpleKey()
    this.simpleKeyAllowed = true
    this.insert(-1, scanBlockScalar(this, literal))
  }

  private fetchQuoted(kind: 'single' | 'double'): void {
    this.saveSimpleKey()
    this.simpleKeyAllowed = false
    this.insert(-1, scanQuotedScalar(this, kind))
  }

  private fetchPlain(): void {
    this.saveSimpleKey()
    this.simpleKeyAllowed = false
    this.insert(-1, scanPlainScalar(this))
  }
}
