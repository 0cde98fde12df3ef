/**
 * A second look at a JSON text, for what `JSON.parse` does not tell: fields that occur twice (with their paths), nesting beyond
 * Go's limit, and syntax errors in encoding/json's words.
 */
export interface JsonScan {
  /** Paths such as `spec.containers[0].name`, in order of appearance. */
  duplicates: string[]
}

export class JsonSyntaxError extends Error {}

const maxDepth = 10_000

interface Frame {
  isObject: boolean
  keys: Set<string> | undefined
  path: string
  /** Of the next element of a list. */
  index: number
  /** Path of the value that comes next in an object. */
  key: string
}

const quotedChar = (char: string) =>
  char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`

class Scanner {
  readonly #text: string
  #at = 0
  readonly duplicates: string[] = []

  constructor(text: string) {
    this.#text = text
  }

  #fail(context: string): never {
    const char = this.#text[this.#at]
    if (char === undefined) throw new JsonSyntaxError('unexpected end of JSON input')
    throw new JsonSyntaxError(`invalid character ${quotedChar(char)} ${context}`)
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at)
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return
      this.#at++
    }
  }

  #string(): string {
    const start = ++this.#at
    for (;;) {
      const c = this.#text.charCodeAt(this.#at)
      if (Number.isNaN(c)) throw new JsonSyntaxError('unexpected end of JSON input')
      if (c === 34) break
      if (c < 32) this.#fail('in string literal')
      if (c === 92) {
        this.#at++
        const mark = this.#text[this.#at]
        if (mark === 'u') {
          for (let i = 0; i < 4; i++) {
            this.#at++
            if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape')
          }
        } else if (mark === undefined || !'"\\/bfnrt'.includes(mark)) this.#fail('in string escape code')
      }
      this.#at++
    }
    return this.#text.slice(start, this.#at++)
  }

  #literal(word: string): void {
    for (let i = 1; i < word.length; i++) {
      this.#at++
      if (this.#text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`)
    }
    this.#at++
  }

  #number(): void {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) {
      this.#at++
      this.#fail('in numeric literal')
    }
    this.#at = pattern.lastIndex
  }

  scan(): void {
    const stack: Frame[] = []
    this.#space()
    this.#begin(stack, '')
    while (stack.length) {
      const frame = stack.at(-1)
      if (!frame) break
      this.#space()
      if (frame.isObject) this.#member(stack, frame)
      else this.#element(stack, frame)
    }
    this.#space()
    if (this.#at < this.#text.length) this.#fail('after top-level value')
  }

  /** Reads a scalar, or opens an object or a list. */
  #begin(stack: Frame[], path: string): void {
    const c = this.#text[this.#at]
    if (c === '{' || c === '[') {
      if (stack.length >= maxDepth) throw new JsonSyntaxError('exceeded max depth')
      this.#at++
      stack.push({ isObject: c === '{', keys: undefined, path, index: 0, key: '' })
    } else if (c === '"') this.#string()
    else if (c === 't') this.#literal('true')
    else if (c === 'f') this.#literal('false')
    else if (c === 'n') this.#literal('null')
    else if (c === '-' || (c !== undefined && c >= '0' && c <= '9')) this.#number()
    else this.#fail('looking for beginning of value')
  }

  #member(stack: Frame[], frame: Frame): void {
    if (this.#text[this.#at] === '}') {
      this.#at++
      stack.pop()
      return
    }
    if (frame.keys) {
      if (this.#text[this.#at] !== ',') this.#fail('after object key:value pair')
      this.#at++
      this.#space()
    }
    if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string')
    const key = this.#string()
    const path = frame.path ? `${frame.path}.${key}` : key
    frame.keys ??= new Set()
    if (frame.keys.has(key)) this.duplicates.push(path)
    frame.keys.add(key)
    this.#space()
    if (this.#text[this.#at] !== ':') this.#fail('after object key')
    this.#at++
    this.#space()
    this.#begin(stack, path)
  }

  #element(stack: Frame[], frame: Frame): void {
    if (this.#text[this.#at] === ']') {
      this.#at++
      stack.pop()
      return
    }
    if (frame.index > 0) {
      if (this.#text[this.#at] !== ',') this.#fail('after array element')
      this.#at++
      this.#space()
    }
    this.#begin(stack, `${frame.path}[${frame.index++}]`)
  }
}

/** Throws JsonSyntaxError. */
export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text)
  scanner.scan()
  return { duplicates: [...new Set(scanner.duplicates)] }
}

/** What is wrong with a text that `JSON.parse` refused. */
export function syntaxProblem(text: string): string {
  try {
    scanJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message
    throw error
  }
  return 'invalid JSON'
}
