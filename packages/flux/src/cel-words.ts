/**
 * What is wrong with an expression, in the words of Go's CEL library, which Flux's messages repeat: its parser's for
 * what cannot be read, its interpreter's for what cannot be evaluated.
 */

/** A mistake that our library tells with a sentence and a place. */
export interface CelMistake {
  message: string
  /** Offset in the text; undefined when it is at its end. */
  at?: number
}

const operands = (...more: string[]) =>
  `{'[', '{', '(', ${more.map(sign => `'${sign}', `).join('')}'.', '-', '!', 'true', 'false', 'null', ` +
  'NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}'

/** What the parser says; our library's own words where Go's are not known. */
export function syntaxText(text: string, { message, at = text.length }: CelMistake): string {
  const told = (column: number, what: string) => `ERROR: <input>:1:${column}: Syntax error: ${what}${picture(column)}`
  const picture = (column: number) => (text === '' ? '' : `\n | ${text}\n | ${'.'.repeat(Math.max(column - 1, 0))}^`)
  const end = text === '' ? 0 : text.length + 1
  if (text.includes('\n')) return message
  if (message === 'Unexpected token: EOF') {
    const more = /\w\($/.test(text.trimEnd()) ? [')'] : []
    return told(end, `mismatched input '<EOF>' expecting ${operands(...more)}`)
  }
  if (message === 'Expected RPAREN, got EOF') return told(end, "missing ')' at '<EOF>'")
  if (message === 'Expected RBRACKET, got EOF') return told(end, "mismatched input '<EOF>' expecting {']', ','}")
  if (message === 'Expected COLON, got EOF') return told(end, "mismatched input '<EOF>' expecting ':'")
  if (message === 'Expected IDENTIFIER, got DOT') return told(at + 1, "no viable alternative at input '..'")
  if (message.startsWith('Unexpected character: ')) return unexpected(text, at, told)
  return message
}

function unexpected(text: string, at: number, told: (column: number, what: string) => string): string {
  const rest = text.slice(at)
  if (rest.startsWith('=')) {
    const lines = [told(at + 1, `token recognition error at: '${rest.slice(0, 2)}'`)]
    const next = rest.slice(1).search(/\S/)
    if (next >= 0 && text[at - 1] !== '=') lines.push(extraneous(text, at + 1 + next, told))
    return lines.join('\n')
  }
  return extraneous(text, at, told)
}

function extraneous(text: string, at: number, told: (column: number, what: string) => string): string {
  const [token = ''] = /^(?:\w+|'[^']*'|"[^"]*"|\S)/.exec(text.slice(at)) ?? []
  return told(at + 1, `extraneous input '${token}' expecting <EOF>`)
}

/** What the interpreter says. */
export function evaluationText(text: string, message: string): string {
  const bounds = /index out of bounds, index (-?\d+)/.exec(message)
  if (bounds) return `index out of bounds: ${bounds[1]}`
  const key = /^No such key: (.*)$/.exec(message)
  if (key) return `no such key: ${key[1]}`
  if (message.startsWith('no such overload')) return 'no such overload'
  const variable = /^Unknown variable: (\w+)$/.exec(message)?.[1]
  return variable === undefined ? message : `no such attribute(s): ${attributeOf(text, variable)}`
}

/** The whole path that begins with a name, without the function that is called on it. */
function attributeOf(text: string, name: string): string {
  const path = new RegExp(`\\b${name}((?:\\.\\w+(?!\\w*\\()|\\["[^"]*"\\])*)`).exec(text)?.[1] ?? ''
  return name + path.replace(/\["([^"]*)"\]/g, '.$1')
}
