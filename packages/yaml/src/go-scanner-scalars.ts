/**
 * The scalars of go-yaml's scanner: plain, quoted and block. Split from the scanner because each is a small machine of its own.
 */
import type { GoScanner, Token } from './go-scanner.ts'

/** Joins what stands on both sides of line breaks, as YAML folds them. */
function folded(leading: string, trailing: string): string {
  if (leading.startsWith('\n')) return trailing === '' ? ' ' : trailing
  return leading + trailing
}

export function scanPlainScalar(scanner: GoScanner): Token {
  const start = scanner.mark()
  let end = start
  const indent = scanner.indent + 1
  let value = ''
  let spaces = ''
  let leading = ''
  let trailing = ''
  let afterBreak = false
  for (;;) {
    if (scanner.atDocumentIndicator() || scanner.char() === '#') break
    while (!scanner.isBlankOrEnd()) {
      const char = scanner.char()
      if (char === ':' && scanner.isBlankOrEnd(1)) break
      if (scanner.flowLevel > 0 && ',?[]{}'.includes(char)) break
      if (afterBreak) {
        value += folded(leading, trailing)
        leading = ''
        trailing = ''
        afterBreak = false
      } else value += spaces
      spaces = ''
      value += char
      scanner.skip()
      end = scanner.mark()
    }
    if (scanner.isEnd() || !(scanner.isBlank() || scanner.isBreak())) break
    while (!scanner.isEnd() && (scanner.isBlank() || scanner.isBreak())) {
      if (scanner.isBlank()) {
        if (afterBreak && scanner.column < indent && scanner.char() === '\t') {
          scanner.fail('found a tab character that violates indentation', scanner.mark())
        }
        if (!afterBreak) spaces += scanner.char()
        scanner.skip()
      } else if (afterBreak) trailing += scanner.skipLine()
      else {
        spaces = ''
        leading = scanner.skipLine()
        afterBreak = true
      }
    }
    if (scanner.flowLevel === 0 && scanner.column < indent) break
  }
  if (afterBreak) scanner.simpleKeyAllowed = true
  return { type: 'scalar', start, end, value, kind: 'plain' }
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
}
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

export function scanQuotedScalar(scanner: GoScanner, kind: 'single' | 'double'): Token {
  const start = scanner.mark()
  const quote = kind === 'single' ? "'" : '"'
  scanner.skip()
  let value = ''
  for (;;) {
    if (scanner.atDocumentIndicator()) scanner.fail('found unexpected document indicator', start)
    if (scanner.isEnd()) scanner.fail('found unexpected end of stream', start)
    let afterBreak = false
    while (!scanner.isBlankOrEnd()) {
      const char = scanner.char()
      if (kind === 'single' && char === "'" && scanner.char(1) === "'") {
        value += "'"
        scanner.skip(2)
      } else if (char === quote) break
      else if (kind === 'double' && char === '\\') {
        if (scanner.isBreak(1)) {
          scanner.skip()
          scanner.skipLine()
          afterBreak = true
          break
        }
        value += escaped(scanner)
      } else {
        value += char
        scanner.skip()
      }
    }
    if (scanner.char() === quote) break
    let spaces = ''
    let leading = ''
    let trailing = ''
    while (!scanner.isEnd() && (scanner.isBlank() || scanner.isBreak())) {
      if (scanner.isBlank()) {
        if (!afterBreak) spaces += scanner.char()
        scanner.skip()
      } else if (afterBreak) trailing += scanner.skipLine()
      else {
        spaces = ''
        leading = scanner.skipLine()
        afterBreak = true
      }
    }
    value += afterBreak ? (leading === '' ? trailing : folded(leading, trailing)) : spaces
  }
  scanner.skip()
  return { type: 'scalar', start, end: scanner.mark(), value, kind }
}

function escaped(scanner: GoScanner): string {
  const start = scanner.mark()
  const letter = scanner.char(1)
  if (Object.hasOwn(escapes, letter)) {
    scanner.skip(2)
    return escapes[letter] ?? ''
  }
  const length = codeLengths[letter]
  if (length === undefined) scanner.fail('found unknown escape character', start)
  const digits = scanner.text.slice(scanner.index + 2, scanner.index + 2 + length)
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) {
    scanner.fail('did not find expected hexdecimal number', start)
  }
  const code = Number.parseInt(digits, 16)
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    scanner.fail('found invalid Unicode character escape code', start)
  }
  scanner.skip(2 + length)
  return String.fromCodePoint(code)
}

export function scanBlockScalar(scanner: GoScanner, literal: boolean): Token {
  const start = scanner.mark()
  scanner.skip()
  let chomping = ''
  let increment = 0
  const readChomping = () => {
    if (scanner.char() !== '+' && scanner.char() !== '-') return false
    chomping = scanner.char()
    scanner.skip()
    return true
  }
  const readIncrement = () => {
    if (!/[0-9]/.test(scanner.char())) return false
    if (scanner.char() === '0') scanner.fail('found an indentation indicator equal to 0', start)
    increment = Number(scanner.char())
    scanner.skip()
    return true
  }
  if (readChomping()) readIncrement()
  else if (readIncrement()) readChomping()
  while (scanner.isBlank()) scanner.skip()
  if (scanner.char() === '#') while (!scanner.isBreakOrEnd()) scanner.skip()
  if (!scanner.isBreakOrEnd()) scanner.fail('did not find expected comment or line break', start)
  if (scanner.isBreak()) scanner.skipLine()

  const breaks = new BlockBreaks(scanner, increment > 0 ? Math.max(scanner.indent, 0) + increment : 0)
  let end = breaks.eat()
  let value = ''
  let leading = ''
  let leadingBlank = false
  while (scanner.column === breaks.indent && !scanner.isEnd()) {
    const blank = scanner.isBlank()
    if (!literal && !leadingBlank && !blank && leading.startsWith('\n')) {
      if (breaks.text === '') value += ' '
    } else value += leading
    value += breaks.take()
    leadingBlank = blank
    const from = scanner.index
    while (!scanner.isBreakOrEnd()) scanner.skip()
    value += scanner.text.slice(from, scanner.index)
    leading = scanner.isBreak() ? scanner.skipLine() : ''
    end = breaks.eat()
  }
  if (chomping !== '-') value += leading
  if (chomping === '+') value += breaks.text
  return { type: 'scalar', start, end, value, kind: literal ? 'literal' : 'folded' }
}

/** Indentation and empty lines between the lines of a block scalar; finds out the indentation at the first. */
class BlockBreaks {
  text = ''
  /** 0 until it is known. */
  indent: number
  private readonly scanner: GoScanner

  constructor(scanner: GoScanner, indent: number) {
    this.scanner = scanner
    this.indent = indent
  }

  take(): string {
    const { text } = this
    this.text = ''
    return text
  }

  eat(): ReturnType<GoScanner['mark']> {
    const { scanner } = this
    let end = scanner.mark()
    let deepest = 0
    for (;;) {
      while ((this.indent === 0 || scanner.column < this.indent) && scanner.char() === ' ') scanner.skip()
      deepest = Math.max(deepest, scanner.column)
      if ((this.indent === 0 || scanner.column < this.indent) && scanner.char() === '\t') {
        scanner.fail('found a tab character where an indentation space is expected', scanner.mark())
      }
      if (!scanner.isBreak()) break
      this.text += scanner.skipLine()
      end = scanner.mark()
    }
    if (this.indent === 0) this.indent = Math.max(deepest, scanner.indent + 1, 1)
    return end
  }
}
