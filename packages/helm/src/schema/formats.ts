/** The formats of texts that schemas can ask for: what is wrong with a text, in the words of santhosh-tekuri/jsonschema 6. */
import { isIPv6 } from 'node:net'
import { goQuote } from '@sluice/template'

type Format = (text: string) => string | undefined

const rune = (text: string): string => `'${goQuote(text).slice(1, -1).replace('\\"', '"').replace("'", "\\'")}'`

/** The first character that a pattern for one does not allow. */
const stranger = (text: string, allowed: RegExp): string | undefined => [...text].find(char => !allowed.test(char))

function jsonPointer(text: string): string | undefined {
  if (text === '') return undefined
  if (!text.startsWith('/')) return 'not starting with /'
  return /~(?![01])/.test(text) ? '~ must be followed by 0 or 1' : undefined
}

function relativePointer(text: string): string | undefined {
  const digits = /^\d*/.exec(text)?.[0] ?? ''
  if (digits === '') return 'must start with non-negative integer'
  if (digits.length > 1 && digits.startsWith('0')) return 'starts with zero'
  return text.slice(digits.length) === '#' ? undefined : jsonPointer(text.slice(digits.length))
}

function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12]
  const groups = text.split('-')
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`
  for (const [index, group] of groups.entries()) {
    if (Buffer.byteLength(group) !== lengths[index]) {
      return `element ${index + 1} must be ${lengths[index]} characters long`
    }
    const char = stranger(group, /[0-9a-f]/i)
    if (char !== undefined) return `non-hex character ${rune(char)}`
  }
  return undefined
}

function duration(text: string): string | undefined {
  if (!text.startsWith('P')) return 'must start with P'
  const rest = text.slice(1)
  if (rest === '') return 'nothing after P'
  if (rest.endsWith('W')) {
    if (rest === 'W') return 'no number in week'
    return /^\d+W$/.test(rest) ? undefined : 'invalid week'
  }
  for (const [index, part] of rest.split('T').entries()) {
    if (index > 0 && part === '') return 'no time elements'
    const all = ['YMD', 'HMS'][index]
    if (all === undefined) return 'more than one T'
    const problem = durationPart(part, all)
    if (problem !== undefined) return problem
  }
  return undefined
}

function durationPart(part: string, all: string): string | undefined {
  let units = all
  for (let rest = part; rest !== ''; ) {
    const digits = /^\d*/.exec(rest)?.[0] ?? ''
    if (digits === '') return 'missing number'
    const unit = rest.charAt(digits.length)
    if (unit === '') return 'missing unit'
    if (!units.includes(unit))
      return all.includes(unit) ? `unit ${rune(unit)} out of order` : `invalid unit ${rune(unit)}`
    units = units.slice(units.indexOf(unit) + 1)
    rest = rest.slice(digits.length + 1)
  }
  return undefined
}

function ipv4(text: string): string | undefined {
  const groups = text.split('.')
  if (groups.length !== 4) return 'expected four decimals'
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) return 'leading zeros'
    if (!/^[+-]?\d+$/.test(group)) return `strconv.Atoi: parsing ${goQuote(group)}: invalid syntax`
    if (Number(group) < 0 || Number(group) > 255) return 'decimal must be between 0 and 255'
  }
  return undefined
}

function ipv6(text: string): string | undefined {
  if (!text.includes(':')) return 'missing colon'
  if (text.includes('%')) return 'zone id is not a part of ipv6 address'
  return isIPv6(text) ? undefined : `ParseAddr(${goQuote(text)}): unable to parse IP`
}

function hostname(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (Buffer.byteLength(name) > 253) return 'more than 253 characters long'
  for (const label of name.split('.')) {
    const length = Buffer.byteLength(label)
    if (length < 1 || length > 63) return 'label must be 1 to 63 characters long'
    if (label.startsWith('-')) return 'label starts with hyphen'
    if (label.endsWith('-')) return 'label ends with hyphen'
    const char = stranger(label, /[a-z0-9-]/i)
    if (char !== undefined) return `invalid character ${rune(char)}`
  }
  return undefined
}

function email(text: string): string | undefined {
  if (Buffer.byteLength(text) > 254) return 'more than 255 characters long'
  const at = text.lastIndexOf('@')
  if (at < 0) return 'missing @'
  const local = text.slice(0, at)
  if (Buffer.byteLength(local) > 64) return 'local part more than 64 characters long'
  return localPart(local) ?? mailDomain(text.slice(at + 1))
}

function localPart(local: string): string | undefined {
  if (local.length > 1 && local.startsWith('"')) {
    return /[\\"]/.test(local.slice(1, -1)) ? 'backslash and quote are not allowed within quoted local part' : undefined
  }
  if (local.startsWith('.')) return 'starts with dot'
  if (local.endsWith('.')) return 'ends with dot'
  if (local.includes('..')) return 'consecutive dots'
  const char = stranger(local, /[a-z0-9.!#$%&'*+\-/=?^_`{|}~]/i)
  return char === undefined ? undefined : `invalid character ${rune(char)}`
}

function mailDomain(domain: string): string | undefined {
  if (domain.startsWith('[') && domain.endsWith(']')) {
    const address = domain.slice(1, -1)
    if (address.startsWith('IPv6:')) return within('invalid ipv6 address', ipv6(address.slice(5)))
    return within('invalid ipv4 address', ipv4(address))
  }
  return within('invalid domain', hostname(domain))
}

const within = (what: string, reason: string | undefined): string | undefined =>
  reason === undefined ? undefined : `${what}: ${reason}`

function date(text: string): string | undefined {
  const failure = (what: string): string => `parsing time ${goQuote(text)}${what}`
  const found = /^(\d{4})-(\d\d)-(\d\d)(.*)$/s.exec(text)
  if (!found) return failure(` as "2006-01-02": cannot parse ${misfit(text)}`)
  const [, year, month, day, rest = ''] = found
  if (Number(month) < 1 || Number(month) > 12) return failure(': month out of range')
  if (rest !== '') return failure(`: extra text: ${goQuote(rest)}`)
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) < 1 || Number(day) > last ? failure(': day out of range') : undefined
}

/** Where a text stops to be a date, and what was to come there. */
function misfit(text: string): string {
  let at = 0
  for (const [layout, shape] of [
    ['2006', /^\d{4}/],
    ['-', /^-/],
    ['01', /^\d\d/],
    ['-', /^-/],
    ['02', /^\d\d/],
  ] as const) {
    const found = shape.exec(text.slice(at))
    if (!found) return `${goQuote(text.slice(at))} as ${goQuote(layout)}`
    at += found[0].length
  }
  return `${goQuote(text.slice(at))} as ""`
}

function time(text: string): string | undefined {
  if (Buffer.byteLength(text) < 9) return 'less than 9 characters long'
  if (text[2] !== ':' || text[5] !== ':') return 'missing colon in correct place'
  const parts = text.slice(0, 8).split(':', 3)
  if (!parts.every(part => /^[+-]?\d+$/.test(part))) return 'invalid hour/min/sec'
  const [hour = 0, minute = 0, second = 0] = parts.map(Number)
  if (hour < 0 || minute < 0 || second < 0) return 'non-positive hour/min/sec'
  if (hour > 23 || minute > 59 || second > 60) return 'hour/min/sec out of range'
  let rest = text.slice(8)
  if (rest.startsWith('.')) {
    const digits = /^\.\d*/.exec(rest)?.[0] ?? '.'
    if (digits === '.') return 'no digits in second fraction'
    rest = rest.slice(digits.length)
  }
  let minutes = hour * 60 + minute
  if (rest !== 'z' && rest !== 'Z') {
    if (Buffer.byteLength(rest) !== 6) return 'offset must be 6 characters long'
    if (!/^[+-]/.test(rest)) return 'offset must begin with plus/minus'
    if (rest[3] !== ':') return 'missing colon in offset in correct place'
    const found = /^.([+-]?\d+):([+-]?\d+)$/.exec(rest)
    if (!found) return 'invalid hour/min in offset'
    const [zoneHour, zoneMinute] = [Number(found[1]), Number(found[2])]
    if (zoneHour < 0 || zoneMinute < 0) return 'non-positive hour/min in offset'
    if (zoneHour > 23 || zoneMinute > 59) return 'hour/min in offset out of range'
    minutes += (rest.startsWith('+') ? -1 : 1) * (zoneHour * 60 + zoneMinute)
    if (minutes < 0) minutes += 24 * 60
  }
  return second >= 60 && minutes !== 23 * 60 + 59 ? 'invalid leap second' : undefined
}

function dateTime(text: string): string | undefined {
  if (Buffer.byteLength(text) < 20) return 'less than 20 characters long'
  if (!/^t$/i.test(text.charAt(10))) return '11th character must be t or T'
  return within('invalid date element', date(text.slice(0, 10))) ?? within('invalid time element', time(text.slice(11)))
}

/** As net/url parses, so far as it refuses anything at all. */
function url(text: string): string | undefined {
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

const uri: Format = text => url(text) ?? (/^[a-z][a-z0-9+.-]*:/i.test(text) ? undefined : 'relative url')
const uriReference: Format = text => (text.includes('\\') ? 'contains \\' : url(text))

function semver(text: string): string | undefined {
  const [versionAndRelease = '', ...build] = text.split('+')
  const identifiers = (part: string, what: string): string | undefined => {
    for (const identifier of part.split('.')) {
      if (identifier === '') return `${what} identifier is empty`
      const char = stranger(identifier, /[0-9a-z-]/i)
      if (char !== undefined) return `invalid character ${rune(char)} in ${what} identifier`
      if (what === 'pre-release' && /^0\d+$/.test(identifier)) {
        return 'pre-release numeric identifier starts with zero'
      }
    }
    return undefined
  }
  if (build.length > 0) {
    if (build.join('+') === '') return 'build is empty'
    const problem = identifiers(build.join('+'), 'build')
    if (problem !== undefined) return problem
  }
  const [version = '', ...release] = versionAndRelease.split('-')
  if (release.length > 0) {
    const problem = identifiers(release.join('-'), 'pre-release')
    if (problem !== undefined) return problem
  }
  const numbers = version.split('.')
  if (numbers.length !== 3) return 'versionCore must have 3 numbers separated by dot'
  for (const [index, name] of ['major', 'minor', 'patch'].entries()) {
    const number = numbers[index] ?? ''
    if (number === '') return `${name} is empty`
    if (number.length > 1 && number.startsWith('0')) return `${name} starts with zero`
    if (!/^\d+$/.test(number)) return `${name} contains non-digit`
  }
  return undefined
}

function period(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return 'missing slash'
  const [start, end] = [text.slice(0, slash), text.slice(slash + 1)]
  if (start.startsWith('P')) {
    return within('invalid start duration', duration(start)) ?? within('invalid end date-time', dateTime(end))
  }
  return (
    within('invalid start date-time', dateTime(start)) ??
    (end.startsWith('P')
      ? within('invalid end duration', duration(end))
      : within('invalid end date-time', dateTime(end)))
  )
}

export const formats = new Map<string, Format>([
  ['json-pointer', jsonPointer],
  ['relative-json-pointer', relativePointer],
  ['uuid', uuid],
  ['duration', duration],
  ['period', period],
  ['ipv4', ipv4],
  ['ipv6', ipv6],
  ['hostname', hostname],
  ['email', email],
  ['date', date],
  ['time', time],
  ['date-time', dateTime],
  ['uri', uri],
  ['iri', uri],
  ['uri-reference', uriReference],
  ['iri-reference', uriReference],
  ['uri-template', url],
  ['semver', semver],
])
