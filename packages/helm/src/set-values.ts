/**
 * The little language of `--set` and its siblings, and of a HelmRelease's targetPath: `a.b=1,c[0]=x,d={1,2}`. Follows helm's pkg/strvals, words of
 * errors included. Whole numbers become bigint, as Go's int64: templates print them with all digits.
 */
import { goQuote, sprintf } from '@sluice/template'
import { HelmError } from './helm-error.ts'
import { setJson } from './set-json.ts'
import { get, has, isTable, put, type Table } from './value-table.ts'

/** `typed` as --set, `string` as --set-string, `literal` as --set-literal, `json` as --set-json. */
export type SetMode = 'typed' | 'string' | 'literal' | 'json'

const maxIndex = 65536
const maxNesting = 30

/** Changes `into`. Throws HelmError. `read` turns the text of a value into the value: --set-file gives the content of the file that it names. */
export function setValues(into: Table, text: string, mode: SetMode, read?: (text: string) => unknown): void {
  const parser = new SetParser(text, mode, read ?? (mode === 'typed' ? typedValue : value => value))
  while (parser.key(into, 0)) {
    // One key after the other.
  }
}

function typedValue(text: string): unknown {
  // Go folds the long s, too.
  const lower = text.toLowerCase().replaceAll('\u017f', 's')
  if (lower === 'true') return true
  if (lower === 'false') return false
  if (lower === 'null') return null
  if (text === '0') return 0n
  if (/^[+-]?\d+$/.test(text) && !text.startsWith('0')) {
    const whole = BigInt(text.replace(/^\+/, ''))
    if (whole === BigInt.asIntN(64, whole)) return whole
  }
  return text
}

/** What ended a piece of text: one of the characters asked for, or the end of it all. */
interface Piece {
  text: string
  end: string
}

class SetParser {
  private at = 0
  private readonly chars: string[]
  private readonly mode: SetMode
  private readonly read: (text: string) => unknown

  constructor(text: string, mode: SetMode, read: (text: string) => unknown) {
    this.chars = [...text]
    this.mode = mode
    this.read = read
  }

  /** One key with its value; false at the end of the text, which may come in the middle of a key and is no error there. */
  key(into: Table, nesting: number): boolean {
    const { text: key, end } = this.until(this.mode === 'literal' ? '=[.' : '=[,.')
    switch (end) {
      case '':
        if (key === '') return false
        throw new HelmError(`key ${goQuote(key)} has no value`)
      case '[': {
        const index = this.index()
        if (index === undefined) return false
        const list = has(into, key) ? into[key] : []
        if (!Array.isArray(list)) throw notA('[]interface {}', list)
        const item = this.item(list, index, nesting)
        this.set(into, key, item.list)
        return item.more
      }
      case '=':
        return this.assigned(value => this.set(into, key, value))
      case ',':
        throw new HelmError(`key ${goQuote(key)} has no value (cannot end with ,)`)
      default:
        return this.nested(into, key, nesting + 1)
    }
  }

  private nested(into: Table, key: string, nesting: number): boolean {
    if (nesting > maxNesting) {
      throw new HelmError(`value name nested level is greater than maximum supported nested level of ${maxNesting}`)
    }
    const inner = has(into, key) ? get(into, key) : {}
    if (!isTable(inner)) throw notA('map[string]interface {}', inner)
    const more = this.key(inner, nesting)
    if (Object.keys(inner).length > 0) this.set(into, key, inner)
    else if (more) throw new HelmError(`key map ${goQuote(key)} has no value`)
    return more
  }

  /** What stands behind `[index]`. Where the text ends within it, the list stays as it is. */
  private item(list: unknown[], index: number, nesting: number): { list: unknown[]; more: boolean } {
    if (index < 0) throw new HelmError(`negative ${index} index not allowed`)
    const { text, end } = this.until('[.=')
    if (text !== '') throw new HelmError(`unexpected data at end of array index: ${quotedRunes(text)}`)
    if (end === '=') {
      let into = list
      this.assigned(value => {
        into = setIndex(list, index, value)
      })
      return { list: into, more: true }
    }
    if (end === '[') {
      const next = this.index()
      if (next === undefined) return { list, more: false }
      const inner = list[index] ?? []
      if (!Array.isArray(inner)) throw notA('[]interface {}', inner)
      const item = this.item(inner, next, nesting)
      return item.more ? { list: setIndex(list, index, item.list), more: true } : { list, more: false }
    }
    if (end === '.') {
      const inner = isTable(list[index]) ? list[index] : {}
      if (index < list.length) list[index] = inner
      return this.key(inner, nesting) ? { list: setIndex(list, index, inner), more: true } : { list, more: false }
    }
    return { list, more: false }
  }

  /** The value behind `=`; false when the text ends before it. */
  private assigned(set: (value: unknown) => void): boolean {
    if (this.mode === 'json') {
      const { value, length } = setJson(this.chars.slice(this.at).join(''))
      set(value)
      this.at += length
      return true
    }
    if (this.mode === 'literal') {
      set(this.chars.slice(this.at).join(''))
      this.at = this.chars.length
      return true
    }
    if (this.at >= this.chars.length) {
      set('')
      return false
    }
    if (this.chars[this.at] === '{') {
      this.at++
      set(this.list())
      return true
    }
    set(this.read(this.until(',').text))
    return true
  }

  private list(): unknown[] {
    const list: unknown[] = []
    for (;;) {
      const { text, end } = this.until(',}')
      if (end === '') throw new HelmError("list must terminate with '}'")
      list.push(this.read(text))
      if (end === '}') {
        if (this.chars[this.at] === ',') this.at++
        return list
      }
    }
  }

  /** Undefined at the end of the text. */
  private index(): number | undefined {
    const { text, end } = this.until(']')
    if (end === '') return undefined
    const problem = !/^[+-]?\d+$/.test(text)
      ? 'invalid syntax'
      : BigInt(text.replace('+', '')) === BigInt.asIntN(64, BigInt(text.replace('+', '')))
        ? undefined
        : 'value out of range'
    if (problem) throw new HelmError(`error parsing index: strconv.Atoi: parsing ${goQuote(text)}: ${problem}`)
    return Number(text)
  }

  /** Text up to one of `stops`, which is consumed. A backslash takes the character behind it as it is, save in literals. */
  private until(stops: string): Piece {
    let text = ''
    while (this.at < this.chars.length) {
      const char = this.chars[this.at++]!
      if (stops.includes(char)) return { text, end: char }
      if (char === '\\' && this.mode !== 'literal') text += this.chars[this.at++] ?? ''
      else text += char
    }
    return { text, end: '' }
  }

  /** An empty key sets nothing. */
  private set(into: Table, key: string, value: unknown): void {
    if (key !== '') put(into, key, value)
  }
}

/** As Go quotes a list of runes. */
const quotedRunes = (text: string): string =>
  sprintf('%q', [Array.from(text, rune => BigInt(rune.codePointAt(0) ?? 0))])

/** In place only where there is one already: as in Go, a list that grows is another one. */
function setIndex(list: unknown[], index: number, value: unknown): unknown[] {
  if (index > maxIndex) {
    throw new HelmError(`index of ${index} is greater than maximum supported index of ${maxIndex}`)
  }
  const into = index < list.length ? list : [...list, ...new Array(index + 1 - list.length).fill(null)]
  into[index] = value
  return into
}

function notA(wanted: string, value: unknown): HelmError {
  const kinds: Record<string, string> = { string: 'string', number: 'float64', bigint: 'int64', boolean: 'bool' }
  const kind = Array.isArray(value)
    ? '[]interface {}'
    : value === null || value === undefined
      ? 'nil'
      : (kinds[typeof value] ?? 'map[string]interface {}')
  return new HelmError(`unable to parse key: interface conversion: interface {} is ${kind}, not ${wanted}`)
}
