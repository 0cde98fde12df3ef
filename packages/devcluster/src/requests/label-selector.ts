/**
 * Label selectors as the query parameter `labelSelector` spells them (`a=b,c!=d,e in (x,y),!f,g>1`), and as objects hold
 * them (`matchLabels`, `matchExpressions`). Follows apimachinery's labels package, errors included.
 */
import { badRequest, quoted } from '../api-error.ts'
import { qualifiedNameProblems } from './metadata-validation.ts'

type Labels = Readonly<Record<string, string>> | undefined
export type LabelMatch = (labels: Labels) => boolean

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<'
interface Requirement {
  key: string
  operator: Operator
  values: string[]
}

interface Token {
  kind: 'word' | 'symbol' | 'end'
  text: string
}

function tokens(text: string): Token[] {
  const out: Token[] = []
  const pattern = /\s*(?:(!=|==|[=!(),<>])|([^\s=!(),<>]+))/gy
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (!match) break
    const [, symbol, word] = match
    if (symbol) out.push({ kind: 'symbol', text: symbol })
    else if (word) out.push({ kind: 'word', text: word })
  }
  out.push({ kind: 'end', text: '' })
  return out
}

const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`)
const isWord = (token: Token | undefined, text: string) => token?.kind === 'word' && token.text === text

class SelectorParser {
  readonly #tokens: Token[]
  #at = 0
  constructor(text: string) {
    this.#tokens = tokens(text)
  }
  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }
  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  parse(): Requirement[] {
    const out: Requirement[] = []
    for (;;) {
      const token = this.#peek()
      if (token.kind === 'end') return out
      if (token.kind === 'symbol' && token.text !== '!') {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`)
      }
      out.push(this.#requirement())
      const after = this.#next()
      if (after.kind === 'end') return out
      if (after.text !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`)
      const follows = this.#peek()
      if (follows.kind === 'end' || (follows.kind === 'symbol' && follows.text !== '!')) {
        throw badRequest(`found '${follows.text}', expected: identifier after ','`)
      }
    }
  }

  #requirement(): Requirement {
    let operator: Operator = 'exists'
    if (this.#peek().text === '!') {
      this.#next()
      operator = '!'
    }
    const keyToken = this.#next()
    if (keyToken.kind !== 'word') throw unparsable(`found '${keyToken.text}', expected: identifier`)
    const key = keyToken.text
    const [problem] = qualifiedNameProblems(key, 'a valid label key')
    if (problem) throw unparsable(`<nil>: Invalid value: ${quoted(key)}: ${problem}`)
    const next = this.#peek()
    if (operator === '!' || next.kind === 'end' || next.text === ',') return { key, operator, values: [] }
    this.#next()
    if (isWord(next, 'in') || isWord(next, 'notin')) {
      return this.#checked({ key, operator: next.text === 'in' ? 'in' : 'notin', values: this.#values() })
    }
    if (['=', '==', '!=', '>', '<'].includes(next.text)) {
      return this.#checked({ key, operator: next.text as Operator, values: [this.#exactValue()] })
    }
    throw unparsable(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  #exactValue(): string {
    const token = this.#peek()
    if (token.kind === 'end' || token.text === ',') return ''
    if (token.kind !== 'word') throw unparsable(`found '${token.text}', expected: identifier`)
    return this.#next().text
  }

  #values(): string[] {
    const open = this.#next()
    if (open.text !== '(') throw unparsable(`found '${open.text}' expected: '('`)
    const values: string[] = []
    for (;;) {
      const token = this.#next()
      if (token.kind === 'word') {
        values.push(token.text)
        const after = this.#next()
        if (after.text === ')') return values
        if (after.text !== ',') throw unparsable(`found '${after.text}', expected: ',' or ')'`)
      } else if (token.text === ',') values.push('')
      else if (token.text === ')') {
        if (values.length === 0) values.push('')
        return values
      } else throw unparsable(`found '${token.text}', expected: ',', ')' or identifier`)
    }
  }

  #checked(requirement: Requirement): Requirement {
    const { operator, values } = requirement
    for (const value of values) {
      if (operator === '>' || operator === '<') {
        if (!/^-?\d+$/.test(value)) {
          throw unparsable(
            `values[0]: Invalid value: ${quoted(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          )
        }
      } else if (value.length > 63) {
        throw unparsable(
          `values[0][${requirement.key}]: Invalid value: ${quoted(value)}: must be no more than 63 bytes`,
        )
      } else if (!labelValue.test(value)) {
        throw unparsable(`values[0][${requirement.key}]: Invalid value: ${quoted(value)}: ${valueText}`)
      }
    }
    return requirement
  }
}

function matches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels?.[key]
  switch (operator) {
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '=':
    case '==':
      return value === values[0]
    case '!=':
      return value !== values[0]
    case 'in':
      return value !== undefined && values.includes(value)
    case 'notin':
      return value === undefined || !values.includes(value)
    case '>':
      return value !== undefined && Number(value) > Number(values[0])
    case '<':
      return value !== undefined && Number(value) < Number(values[0])
  }
}

/** Undefined for the empty selector, which matches everything. Throws 400 for what cannot be read. */
export function labelSelector(text: string | null | undefined): LabelMatch | undefined {
  if (!text) return undefined
  const requirements = new SelectorParser(text).parse()
  if (requirements.length === 0) return undefined
  return labels => requirements.every(r => matches(r, labels))
}

export interface LabelSelectorObject {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

const expressionOperators: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/** A `LabelSelector` of an object: empty matches everything, absent nothing. */
export function selectorMatches(selector: LabelSelectorObject | undefined, labels: Labels): boolean {
  if (!selector) return false
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels?.[key] !== value) return false
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const known = expressionOperators[operator]
    return known !== undefined && matches({ key, operator: known, values }, labels)
  })
}
