/** Cuts a template into tokens: text, delimiters with their trim markers, words, numbers, strings. Follows the lexer of Go 1.25's text/template. */
import { goQuote } from './go-string.ts'

export type TokenType =
  | 'error'
  | 'eof'
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'string'
  | 'rawString'
  | 'variable'
  | 'char'
  | 'dot'
  | 'field'
  | 'number'
  | 'complex'
  | 'identifier'
  | 'bool'
  | 'openParen'
  | 'closeParen'
  | 'other'
  | 'keyword'

export interface Token {
  type: TokenType
  pos: number
  text: string
  line: number
}

const keywords = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'nil',
  'template',
  'with',
])
const plainWord = /[A-Za-z0-9_]*/y
const numeral =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y
const isSpace = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n'

/** How a token stands in an error message. */
export function tokenText(token: Token): string {
  if (token.type === 'eof') return 'EOF'
  if (token.type === 'error') return token.text
  if (token.type === 'keyword' || token.type === 'dot') return `<${token.text}>`
  const chars = [...token.text]
  return chars.length > 10 ? `${goQuote(chars.slice(0, 10).join(''))}...` : goQuote(token.text)
}

/** Where the letters and digits from a place on end. To make the expression of all letters there are takes a millisecond: few need it. */
function wordEnd(input: string, from: number): number {
  plainWord.lastIndex = from
  plainWord.test(input)
  if (!(input.charCodeAt(plainWord.lastIndex) > 127)) return plainWord.lastIndex
  const word = /[\p{L}\p{Nd}_]*/uy
  word.lastIndex = from
  word.test(input)
  return word.lastIndex
}

export class Lexer {
  private readonly input: string
  private pos = 0
  private line = 1
  /** Where the line ends that was counted last; -1 for the last one. */
  private nextBreak: number
  private inside = false
  private depth = 0
  private failed = false

  constructor(input: string) {
    this.input = input
    this.nextBreak = input.indexOf('\n')
  }

  next(): Token {
    if (this.failed) return this.token('eof', this.pos, this.pos)
    return this.inside ? this.insideAction() : this.outside()
  }

  /** As `next`, but passes over space within an action. */
  nextNonSpace(): Token {
    if (this.inside && !this.failed) this.pos = this.spaceEnd(this.pos)
    return this.next()
  }

  /** Where the space at a place ends; a blank that belongs to the end of the action is left. */
  private spaceEnd(from: number): number {
    const { input } = this
    if (!isSpace(input[from]) || input.startsWith('-}}', from + 1)) return from
    let end = from
    while (isSpace(input[end])) end++
    return end - from > 1 && input.startsWith('-}}', end) ? end - 1 : end
  }

  private lineAt(pos: number): number {
    while (this.nextBreak >= 0 && this.nextBreak < pos) {
      this.line++
      this.nextBreak = this.input.indexOf('\n', this.nextBreak + 1)
    }
    return this.line
  }

  private token(type: TokenType, from: number, to: number): Token {
    this.pos = to
    return { type, pos: from, text: this.input.slice(from, to), line: this.lineAt(from) }
  }

  private error(from: number, text: string): Token {
    this.failed = true
    return { type: 'error', pos: from, text, line: this.lineAt(from) }
  }

  private outside(): Token {
    const { input } = this
    for (;;) {
      const from = this.pos
      if (from >= input.length) return this.token('eof', from, from)
      const open = input.indexOf('{{', from)
      if (open < 0) return this.token('text', from, input.length)
      const trim = input[open + 2] === '-' && isSpace(input[open + 3])
      let end = open
      if (trim) while (end > from && isSpace(input[end - 1])) end--
      if (end > from) {
        const token = this.token('text', from, end)
        this.pos = open
        return token
      }
      const after = open + 2 + (trim ? 2 : 0)
      if (input.startsWith('/*', after)) {
        const close = input.indexOf('*/', after + 2)
        if (close < 0) return this.error(after, 'unclosed comment')
        const right = close + 2
        const trimRight = isSpace(input[right]) && input.startsWith('-}}', right + 1)
        if (!trimRight && !input.startsWith('}}', right))
          return this.error(after, 'comment ends before closing delimiter')
        this.pos = right + (trimRight ? 4 : 2)
        if (trimRight) this.skipSpace()
        continue
      }
      this.inside = true
      this.depth = 0
      const token = this.token('left', open, open + 2)
      this.pos = after
      return token
    }
  }

  private skipSpace(): void {
    while (isSpace(this.input[this.pos])) this.pos++
  }

  private insideAction(): Token {
    const { input } = this
    const from = this.pos
    const trim = isSpace(input[from]) && input.startsWith('-}}', from + 1)
    if (trim || input.startsWith('}}', from)) {
      if (this.depth > 0) return this.error(from, 'unclosed left paren')
      const start = trim ? from + 2 : from
      const token = this.token('right', start, start + 2)
      if (trim) this.skipSpace()
      this.inside = false
      return token
    }
    const char = input[from]
    if (char === undefined) return this.error(from, 'unclosed action')
    if (isSpace(char)) return this.token('space', from, this.spaceEnd(from))
    switch (char) {
      case '=':
        return this.token('assign', from, from + 1)
      case ':':
        return input[from + 1] === '=' ? this.token('declare', from, from + 2) : this.error(from, 'expected :=')
      case '|':
        return this.token('pipe', from, from + 1)
      case '"':
        return this.quoted(from, '"', 'string', 'unterminated quoted string')
      case "'":
        return this.quoted(from, "'", 'char', 'unterminated character constant')
      case '`': {
        const end = input.indexOf('`', from + 1)
        return end < 0 ? this.error(from, 'unterminated raw quoted string') : this.token('rawString', from, end + 1)
      }
      case '$':
        return this.named(from, 'variable')
      case '(':
        this.depth++
        return this.token('openParen', from, from + 1)
      case ')':
        this.depth--
        return this.depth < 0 ? this.error(from, 'unexpected right paren') : this.token('closeParen', from, from + 1)
    }
    const next = input[from + 1]
    if (char === '.' && from + 1 < input.length && (next === undefined || next < '0' || next > '9')) {
      return this.named(from, 'field')
    }
    if (char === '.' || char === '+' || char === '-' || (char >= '0' && char <= '9')) return this.number(from)
    const end = wordEnd(input, from)
    if (end > from) {
      if (!this.ends(end)) return this.badCharacter(from, end)
      const name = input.slice(from, end)
      const type = keywords.has(name) ? 'keyword' : name === 'true' || name === 'false' ? 'bool' : 'identifier'
      return this.token(type, from, end)
    }
    if (char > ' ' && char < '\x7f') return this.token('other', from, from + 1)
    return this.error(from, `unrecognized character in action: ${unicodeName(input, from)}`)
  }

  private quoted(from: number, mark: string, type: TokenType, problem: string): Token {
    const { input } = this
    for (let at = from + 1; at < input.length; at++) {
      const char = input[at]
      if (char === '\n') break
      if (char === '\\') {
        if (input[++at] === '\n') break
      } else if (char === mark) return this.token(type, from, at + 1)
    }
    return this.error(from, problem)
  }

  private named(from: number, type: 'variable' | 'field'): Token {
    if (this.ends(from + 1)) return this.token(type === 'field' ? 'dot' : type, from, from + 1)
    const end = wordEnd(this.input, from + 1)
    return this.ends(end) ? this.token(type, from, end) : this.badCharacter(from, end)
  }

  private number(from: number): Token {
    numeral.lastIndex = from
    const end = from + (numeral.exec(this.input)?.[0].length ?? 0)
    const glued = this.input.slice(end, wordEnd(this.input, end))
    const bad = (to: number) => this.error(from, `bad number syntax: ${goQuote(this.input.slice(from, to))}`)
    if (glued) return bad(end + (/^./u.exec(glued)?.[0].length ?? 1))
    const sign = this.input[end]
    if (sign === '+' || sign === '-') {
      numeral.lastIndex = end
      const more = end + (numeral.exec(this.input)?.[0].length ?? 0)
      return this.input[more - 1] === 'i' ? this.token('complex', from, more) : bad(more)
    }
    return this.token('number', from, end)
  }

  private ends(pos: number): boolean {
    const char = this.input[pos]
    return char === undefined || isSpace(char) || '.,|:)('.includes(char) || this.input.startsWith('}}', pos)
  }

  private badCharacter(from: number, at: number): Token {
    return this.error(from, `bad character ${unicodeName(this.input, at)}`)
  }
}

/** `%#U` of the character at a place. */
function unicodeName(input: string, at: number): string {
  const code = input.codePointAt(at) ?? 0
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return code >= 0x20 && code !== 0x7f ? `${name} '${String.fromCodePoint(code)}'` : name
}
