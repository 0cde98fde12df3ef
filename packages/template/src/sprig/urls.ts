/** Sprig's urlParse and urlJoin, with net/url's rules for what is kept as it is written. */
import { goBytes, goQuote, goString } from '../go-string.ts'
import { type GoMap, mapGet } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { kindName, mapOf, stringOf } from './cast.ts'

interface Parts {
  scheme: string
  opaque: string
  userinfo: string
  host: string
  path: string
  query: string
  fragment: string
}

function unescaped(text: string, whole: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)
  if (wrong) throw new Error(`unable to parse url: parse ${goQuote(whole)}: invalid URL escape ${goQuote(wrong[0])}`)
  if (!text.includes('%')) return text
  const bytes: Buffer[] = []
  for (const part of text.split(/(%[0-9a-fA-F]{2})/))
    bytes.push(part.startsWith('%') && part.length === 3 ? Buffer.from(part.slice(1), 'hex') : goBytes(part))
  return goString(Buffer.concat(bytes))
}

function parse(text: string): Parts {
  const fail = (problem: string): never => {
    throw new Error(`unable to parse url: parse ${goQuote(text)}: ${problem}`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused
  if (/[\x00-\x1f\x7f]/.test(text)) fail('net/url: invalid control character in URL')
  const hash = text.indexOf('#')
  const fragment = hash < 0 ? '' : unescaped(text.slice(hash + 1), text)
  let rest = hash < 0 ? text : text.slice(0, hash)
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(rest)?.[1] ?? ''
  if (scheme) rest = rest.slice(scheme.length + 1)
  else if (rest.startsWith(':')) fail('missing protocol scheme')
  const mark = rest.indexOf('?')
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  if (mark >= 0) rest = rest.slice(0, mark)
  const none = { userinfo: '', host: '', query, fragment, scheme: scheme.toLowerCase() }
  if (!rest.startsWith('/')) {
    if (scheme) return { ...none, opaque: rest, path: '' }
    if (/^[^/]*:/.test(rest)) fail('first path segment in URL cannot contain colon')
  }
  let authority = ''
  if (rest.startsWith('//') && (scheme || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2)
    authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    rest = slash < 0 ? '' : rest.slice(slash)
  }
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  const port = /:([^\]]*)$/.exec(host.startsWith('[') ? host.slice(host.indexOf(']')) : host)?.[1]
  if (port !== undefined && !/^[0-9]*$/.test(port)) fail(`invalid port ${goQuote(`:${port}`)} after host`)
  const foreign = /[^\w\-.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host)
  if (foreign) fail(`invalid character ${goQuote(foreign[0])} in host name`)
  return {
    ...none,
    opaque: '',
    userinfo: authority.slice(0, Math.max(at, 0)),
    host: unescaped(host, text),
    path: unescaped(rest, text),
  }
}

function hostname(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'))
  return host.replace(/:[0-9]*$/, '')
}

const escaped = (text: string, safe: RegExp): string =>
  Array.from(goBytes(text), byte => {
    const char = String.fromCharCode(byte)
    return byte < 0x80 && safe.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')

function partOf(map: GoMap, key: string): string {
  const value = mapGet(map, key)
  if (value === undefined) return ''
  if (typeof value !== 'string')
    throw new Error(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`)
  return value
}

function join(map: GoMap): string {
  const scheme = partOf(map, 'scheme')
  const host = partOf(map, 'host')
  const opaque = partOf(map, 'opaque')
  const userinfo = partOf(map, 'userinfo')
  const query = partOf(map, 'query')
  const fragment = partOf(map, 'fragment')
  const path = escaped(partOf(map, 'path'), /[A-Za-z0-9\-_.~$&+,/:;=@!*'()[\]]/)
  let out = scheme ? `${scheme}:` : ''
  if (opaque) out += opaque
  else {
    if (host || userinfo)
      out += `//${userinfo ? `${userinfo}@` : ''}${escaped(host, /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/)}`
    if (path && !path.startsWith('/') && host) out += '/'
    out += path
  }
  if (query) out += `?${query}`
  return fragment ? `${out}#${escaped(fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}` : out
}

export const urlFunctions: Record<string, TemplateFunction> = {
  urlParse: typed('string', ([text]) => {
    const parts = parse(stringOf(text))
    return { ...parts, hostname: hostname(parts.host) }
  }),
  urlJoin: typed('map', ([map]) => join(mapOf(map))),
}
