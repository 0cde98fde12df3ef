/**
 * The little language of `--set` and its siblings, and of a HelmRelease's targetPath: `a.b=1,c[0]=x,d={1,2}`. Follows helm's pkg/strvals, words of
 * errors included. Whole numbers become bigint, as Go's int64: templates print them with all digits.
 */
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
  const lower = text.toLowerCase()
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

  /** One key with its value; false at the end of the text. */
  key(into: Table, nesting: number): boolean {
    const { text: key, end } = this.until(this.mode === 'literal' ? '=[.' : '=[,.')
    switch (end) {
      case '':
        if (key === '') return false
        throw new HelmError(`key "${key}" has no value`)
      case '[': {
        const index = this.index()
        const list = has(into, key) ? into[key] : []
        if (!Array.isArray(list)) throw notA('[]interface {}', list)
        this.set(into, key, this.item(list, index, nesting))
        return true
      }
      case '=':
        return this.assigned(value => this.set(into, key, value))
      case ',':
        throw new HelmError(`key "${key}" has no value (cannot end with ,)`)
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
    else if (more) throw new HelmError(`key map "${key}" has no value`)
    return more
  }

  /** What stands behind `[index]`. */
  private item(list: unknown[], index: number, nesting: number): unknown[] {
    if (index < 0) throw new HelmError(`negative ${index} index not allowed`)
    const { text, end } = this.until('[.=')
    if (text !== '') throw new HelmError(`unexpected data at end of array index: "${text}"`)
    if (end === '=') {
      let into = list
      this.assigned(value => {
        into = setIndex(list, index, value)
      })
      return into
    }
    if (end === '[') {
      const next = this.index()
      const inner = list[index] ?? []
      if (!Array.isArray(inner)) throw notA('[]interface {}', inner)
      return setIndex(list, index, this.item(inner, next, nesting))
    }
    if (end === '.') {
      const inner = isTable(list[index]) ? list[index] : {}
      if (index < list.length) list[index] = inner
      this.key(inner, nesting)
      return setIndex(list, index, inner)
    }
    // The text ends behind the index: nothing is set.
    return list
  }

  /** The value behind `=`; false when the text ends with it. */
  private assigned(set: (value: unknown) => void): boolean {
    if (this.mode === 'json') {
      const { value, length } = setJson(this.chars.slice(this.at).join(''))
      set(value)
      this.at += length
      return true
    }
    if (this.at >= this.chars.length) {
      set('')
      return false
    }
    if (this.mode === 'literal') {
      set(this.chars.slice(this.at).join(''))
      this.at = this.chars.length
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

  private index(): number {
    const { text, end } = this.until(']')
    if (end === '') throw new HelmError('error parsing index: EOF')
    if (!/^[+-]?\d+$/.test(text)) {
      throw new HelmError(`error parsing index: strconv.Atoi: parsing "${text}": invalid syntax`)
    }
    const index = Number(text)
    if (index > maxIndex) {
      throw new HelmError(`index of ${text} is greater than maximum supported index of ${maxIndex}`)
    }
    return index
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

/** In place only where there is one already: as in Go, a list that grows is another one. */
function setIndex(list: unknown[], index: number, value: unknown): unknown[] {
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
