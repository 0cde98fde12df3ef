/** `uri`, `uri-reference` and `uri-template`: what Go's net/url refuses, in its words, and a little more. */
import { goQuote } from '@sluice/template'
import { type Format, inPart } from './format.ts'
import { ipv6 } from './ip-address.ts'
import { addressProblem } from './parse-address.ts'

const scheme = /^[a-z][a-z0-9+.-]*:/i

export const uri: Format = text => url(text) ?? (scheme.test(text) ? undefined : 'relative url')
export const uriReference: Format = text => (text.includes('\\') ? 'contains \\' : url(text))

export const uriTemplate: Format = text => url(text) ?? braceProblem(parsed(text.split('#', 1)[0] ?? '').path)

/** As url.Parse, and then as the library. */
function url(text: string): string | undefined {
  const [beforeFragment = '', ...fragment] = text.split('#')
  const { problem, host } = parsed(beforeFragment)
  if (problem !== undefined) return `parse ${goQuote(beforeFragment)}: ${problem}`
  const fragmentProblem = badEscape(fragment.join('#'))
  if (fragmentProblem !== undefined) return `parse ${goQuote(text)}: ${fragmentProblem}`
  const name = host.replace(/:\d*$/, '')
  if (!name.includes(':')) return undefined
  if (!name.startsWith('[')) return 'ipv6 address not enclosed in brackets'
  return inPart('invalid ipv6 address', ipv6(name.slice(1, -1)))
}

function parsed(text: string): { problem: string | undefined; host: string; path: string } {
  const done = (problem?: string, host = '', path = '') => ({ problem, host, path })
  if ([...text].some(char => char < ' ' || char === '\u007f')) {
    return done('net/url: invalid control character in URL')
  }
  if (text.startsWith(':')) return done('missing protocol scheme')
  const [start = ''] = scheme.exec(text) ?? []
  const [rest = ''] = text.slice(start.length).split('?', 1)
  if (!rest.startsWith('/')) {
    // Behind a scheme that may be anything.
    if (start !== '') return done()
    if (/^[^/]*:/.test(rest)) return done('first path segment in URL cannot contain colon')
  }
  const hasAuthority = rest.startsWith('//') && (start !== '' || !rest.startsWith('///'))
  const [authority = ''] = hasAuthority ? rest.slice(2).split('/', 1) : []
  const path = hasAuthority ? rest.slice(2 + authority.length) : rest
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  const user = authority.slice(0, Math.max(at, 0))
  return done(hostProblem(host) ?? userProblem(user) ?? badEscape(path), host, path)
}

function hostProblem(host: string): string | undefined {
  const bracket = host.startsWith('[') ? host.lastIndexOf(']') + 1 : undefined
  if (bracket === 0) return "missing ']' in host"
  const port = bracket === undefined ? (/:[^:]*$/.exec(host)?.[0] ?? '') : host.slice(bracket)
  if (!/^(?::\d*)?$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const escapeProblem = badEscape(host) ?? badEscape(host, /%(?!25)[0-7]./)
  if (escapeProblem !== undefined) return escapeProblem
  const [char] = /[ \\^`{|}]/.exec(host) ?? []
  if (char !== undefined) return `invalid character ${goQuote(char)} in host name`
  return bracket === undefined ? undefined : literalProblem(host.slice(1, bracket - 1))
}

function literalProblem(literal: string): string | undefined {
  const [address = ''] = literal.split('%25', 1)
  const problem = inPart('invalid host', addressProblem(address))
  return problem ?? (address.includes(':') ? undefined : 'invalid IP-literal')
}

const userProblem = (user: string): string | undefined =>
  /^[\w.:~!$&'()*+,;=%@-]*$/.test(user) ? badEscape(user) : 'net/url: invalid userinfo'

function badEscape(text: string, bad = /%(?![0-9a-f]{2}).{0,2}/i): string | undefined {
  const [found] = bad.exec(text) ?? []
  return found === undefined ? undefined : `invalid URL escape ${goQuote(found)}`
}

/** Encoded braces count only beside plain ones: net/url keeps a path as it is written when it would write it otherwise. */
function braceProblem(path: string): string | undefined {
  if (!/[{}]/.test(path)) return undefined
  for (const segment of path.replace(/%7b/gi, '{').replace(/%7d/gi, '}').split('/')) {
    const braces = segment.replace(/[^{}]/g, '')
    if (!/^(?:\{\})*\{?$/.test(braces)) return 'nested curly braces'
    if (braces.endsWith('{')) return 'no matching closing brace'
  }
  return undefined
}
