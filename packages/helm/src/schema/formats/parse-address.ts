/** What is wrong with an IP address, in the words of Go's netip.ParseAddr, for addresses without a zone. */
import { goQuote } from '@sluice/template'

export function addressProblem(text: string): string | undefined {
  const [first] = /[.:]/.exec(text) ?? []
  const problem = first === undefined ? ['unable to parse IP'] : first === '.' ? ipv4Problem(text) : ipv6Problem(text)
  if (!problem) return undefined
  const [message, at] = problem
  return `ParseAddr(${goQuote(text)}): ${message}${at ? ` (at ${goQuote(at)})` : ''}`
}

/** The reason, and the rest of the text where that is told, too. */
type AddressProblem = readonly [message: string, at?: string] | undefined

function ipv4Problem(text: string): AddressProblem {
  let field = ''
  let dots = 0
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    const at = text.slice(index)
    if (/\d/.test(char)) {
      if (field === '0') return ['IPv4 field has octet with leading zero']
      field += char
      if (Number(field) > 255) return ['IPv4 field has value >255']
    } else if (char === '.') {
      if (field === '' || at === '.') return ['IPv4 field must have at least one digit', at]
      if (dots === 3) return ['IPv4 address too long']
      dots++
      field = ''
    } else return ['unexpected character', at]
  }
  return dots < 3 ? ['IPv4 address too short'] : undefined
}

function ipv6Problem(text: string): AddressProblem {
  let hasEllipsis = text.startsWith('::')
  let rest = hasEllipsis ? text.slice(2) : text
  let bytes = 0
  // At the end of the text only an ellipsis has no field behind it.
  while (bytes < 16 && !(hasEllipsis && rest === '')) {
    const [digits = ''] = /^[0-9a-f]*/i.exec(rest) ?? []
    if (digits.length > 4) return ['each group must have 4 or less digits', rest]
    if (digits === '') return ['each colon-separated field must have at least one digit', rest]
    if (rest.charAt(digits.length) === '.') {
      if (!hasEllipsis && bytes !== 12) {
        return ['embedded IPv4 address must replace the final 2 fields of the address', rest]
      }
      if (bytes > 12) return ['too many hex fields to fit an embedded IPv4 at the end of the address', rest]
      const problem = ipv4Problem(rest)
      if (problem) return problem
      bytes += 4
      rest = ''
      break
    }
    bytes += 2
    rest = rest.slice(digits.length)
    if (rest === '') break
    if (!rest.startsWith(':')) return ['unexpected character, want colon', rest]
    if (rest === ':') return ['colon must be followed by more characters', rest]
    rest = rest.slice(1)
    if (!rest.startsWith(':')) continue
    if (hasEllipsis) return ['multiple :: in address', rest]
    hasEllipsis = true
    rest = rest.slice(1)
  }
  if (rest !== '') return ['trailing garbage after address', rest]
  if (bytes < 16) return hasEllipsis ? undefined : ['address string too short']
  return hasEllipsis ? ['the :: must expand to at least one field of zeros'] : undefined
}
