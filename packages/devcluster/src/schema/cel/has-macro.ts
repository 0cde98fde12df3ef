/**
 * `has(a.b[0].c)`: the CEL library takes only plain field chains, CEL itself any expression that ends in a field. The others are
 * rewritten to the optional form, which asks the same: `(a.b[0].?c).hasValue()`.
 */
const plain = /^\s*[A-Za-z_]\w*(?:\s*\.\s*\??\w+)*\s*$/
const lastField = /^(.*)\.\s*([A-Za-z_]\w*)\s*$/s

/** Where the string literal that begins at `from` ends (after its quote). */
function stringEnd(text: string, from: number): number {
  const quote = text[from] ?? ''
  const isRaw = /[rR]/.test(text[from - 1] ?? '')
  const mark = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote
  for (let at = from + mark.length; at < text.length; at++) {
    if (text[at] === '\\' && !isRaw) at++
    else if (text.startsWith(mark, at)) return at + mark.length
  }
  return text.length
}

/** The index of the parenthesis that closes the one at `open`, or -1. */
function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const c = text[at]
    if (c === '"' || c === "'") at = stringEnd(text, at) - 1
    else if (c === '(' || c === '[' || c === '{') depth++
    else if (c === ')' || c === ']' || c === '}') {
      depth--
      if (depth === 0) return at
    }
  }
  return -1
}

export function withAnyHas(expression: string): string {
  if (!expression.includes('has(')) return expression
  let out = ''
  for (let at = 0; at < expression.length; at++) {
    const c = expression[at]
    if (c === '"' || c === "'") {
      const end = stringEnd(expression, at)
      out += expression.slice(at, end)
      at = end - 1
      continue
    }
    const isHas = expression.startsWith('has(', at) && !/[\w.]/.test(expression[at - 1] ?? '')
    const end = isHas ? closing(expression, at + 3) : -1
    if (end < 0) {
      out += c
      continue
    }
    const argument = expression.slice(at + 4, end)
    const parts = plain.test(argument) ? null : lastField.exec(argument)
    out += parts ? `(${withAnyHas(parts[1] ?? '')}.?${parts[2]}).hasValue()` : `has(${argument})`
    at = end
  }
  return out
}
