/** `uri` and `uri-reference`. */
import { goQuote } from '@sluice/template'
import type { Format } from './format.ts'

/** As net/url parses, so far as it refuses anything at all. */
export function url(text: string): string | undefined {
  const failure = (reason: string): string => `parse ${goQuote(text)}: ${reason}`
  if ([...text].some(char => char < ' ' || char === '\u007f')) {
    return failure('net/url: invalid control character in URL')
  }
  if (text.startsWith(':')) return failure('missing protocol scheme')
  const escaped = /%(?![0-9a-f]{2}).{0,2}/i.exec(text.split('?', 1)[0] ?? '')
  if (escaped) return failure(`invalid URL escape ${goQuote(escaped[0])}`)
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0] ?? ''
  const first = text.slice(scheme.length).split(/[/?#]/, 1)[0] ?? ''
  if (scheme === '' && first.includes(':')) return failure('first path segment in URL cannot contain colon')
  const authority = /^\/\/([^/?#]*)/.exec(text.slice(scheme.length))?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const char = /[ <>"\\^`{}|]/.exec(host)?.[0]
  if (char !== undefined) return failure(`invalid character ${goQuote(char)} in host name`)
  const port = /:([^:\]]*)$/.exec(host)?.[1] ?? ''
  if (!/^\d*$/.test(port)) return failure(`invalid port ${goQuote(`:${port}`)} after host`)
  return undefined
}

export const uri: Format = text => url(text) ?? (/^[a-z][a-z0-9+.-]*:/i.test(text) ? undefined : 'relative url')
export const uriReference: Format = text => (text.includes('\\') ? 'contains \\' : url(text))
