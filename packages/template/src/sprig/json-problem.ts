/** What Go's encoding/json says of a text that is no JSON; the words stand in the output of fromJson. */
import { goBytes, goQuote } from '../go-string.ts'

export function jsonProblem(text: string): string {
  try {
    new Scanner(text).document()
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
  return 'invalid JSON'
}

class Problem extends Error {}

class Scanner {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  document(): void {
    this.value(0)
    this.space()
    if (this.at < this.text.length) this.wrong('after top-level value')
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? '-')) this.at++
  }

  private wrong(where: string): never {
    // To Go the end of a text is a space: a word, a number or an escape cannot go on with one.
    const inside = /literal|escape/.test(where) && !where.includes('string literal')
    // Go names the first byte of a character.
    const code =
      this.at < this.text.length
        ? goBytes(String.fromCodePoint(this.text.codePointAt(this.at) ?? 0))[0]
        : inside
          ? 32
          : undefined
    if (code === undefined) throw new Problem('unexpected end of JSON input')
    const char = String.fromCodePoint(code)
    const shown = char === "'" ? "'\\''" : char === '"' ? "'\"'" : goQuote(char, false, "'")
    throw new Problem(`invalid character ${shown} ${where}`)
  }

  private value(depth: number): void {
    if (depth > 10000) throw new Problem('exceeded max depth')
    this.space()
    const char = this.text[this.at] ?? ''
    if (char === '{') this.members(depth)
    else if (char === '[') this.items(depth)
    else if (char === '"') this.string()
    else if (char === 't') this.word('true')
    else if (char === 'f') this.word('false')
    else if (char === 'n') this.word('null')
    else if (char === '-' || (char >= '0' && char <= '9')) this.number()
    else this.wrong('looking for beginning of value')
  }

  private members(depth: number): void {
    this.at++
    this.space()
    if (this.text[this.at] === '}') {
      this.at++
      return
    }
    for (;;) {
      this.space()
      if (this.text[this.at] !== '"') this.wrong('looking for beginning of object key string')
      this.string()
      this.space()
      if (this.text[this.at] !== ':') this.wrong('after object key')
      this.at++
      this.value(depth + 1)
      this.space()
      const next = this.text[this.at]
      if (next !== ',' && next !== '}') this.wrong('after object key:value pair')
      this.at++
      if (next === '}') return
    }
  }

  private items(depth: number): void {
    this.at++
    this.space()
    if (this.text[this.at] === ']') {
      this.at++
      return
    }
    for (;;) {
      this.value(depth + 1)
      this.space()
      const next = this.text[this.at]
      if (next !== ',' && next !== ']') this.wrong('after array element')
      this.at++
      if (next === ']') return
    }
  }

  private string(): void {
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      const char = this.text[this.at]
      if (char === undefined || char < ' ') this.wrong('in string literal')
      if (char !== '\\') continue
      this.at++
      if (this.text[this.at] === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          this.at++
          if (!/^[0-9a-fA-F]$/.test(this.text[this.at] ?? '')) this.wrong('in \\u hexadecimal character escape')
        }
      } else if (!/^["\\/bfnrt]$/.test(this.text[this.at] ?? '')) this.wrong('in string escape code')
    }
    this.at++
  }

  private word(word: string): void {
    for (const [index, char] of [...word].entries()) {
      if (this.text[this.at] !== char) this.wrong(`in literal ${word} (expecting '${word[index]}')`)
      this.at++
    }
  }

  private number(): void {
    const digits = (where: string): void => {
      if (!/^[0-9]$/.test(this.text[this.at] ?? '')) this.wrong(where)
      while (/^[0-9]$/.test(this.text[this.at] ?? '')) this.at++
    }
    if (this.text[this.at] === '-') this.at++
    if (this.text[this.at] === '0') this.at++
    else digits('in numeric literal')
    if (this.text[this.at] === '.') {
      this.at++
      digits('after decimal point in numeric literal')
    }
    if (/^[eE]$/.test(this.text[this.at] ?? '')) {
      this.at++
      if (/^[+-]$/.test(this.text[this.at] ?? '')) this.at++
      digits('in exponent of numeric literal')
    }
  }
}
