/**
 * Post-build substitution as Flux does it: variables in the YAML text of an object, with bash's operators; the result is read as YAML again, so a value
 * can become a number or a list.
 */
import type { KubeObject } from '@sluice/api'
import { parseFirst, stringify, YamlError } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'
import { type Expansion, parseTemplate, type TemplateNode } from './substitution-template.ts'
import { isMapping } from './tree.ts'

export interface SubstituteOptions {
  /** A variable that is not set is an error (Flux's default since 2.7) instead of the empty text. */
  strict?: boolean
}

export type SubstitutionVariables = ReadonlyMap<string, string>

/** Values are used without their line breaks. Throws KustomizeError with Flux's text. */
export function substitute(text: string, variables: SubstitutionVariables, options?: SubstituteOptions): string
export function substitute(
  object: KubeObject,
  variables: SubstitutionVariables,
  options?: SubstituteOptions,
): KubeObject
export function substitute(
  subject: string | KubeObject,
  variables: SubstitutionVariables,
  options: SubstituteOptions = {},
): string | KubeObject {
  return typeof subject === 'string'
    ? substituteText(subject, variables, options)
    : substituteObject(subject, variables, options)
}

const validName = /^[_A-Za-z][_A-Za-z0-9]*$/

function substituteText(text: string, variables: SubstitutionVariables, { strict = false }: SubstituteOptions): string {
  for (const name of variables.keys()) {
    if (validName.test(name)) continue
    throw new KustomizeError(
      `envsubst error: '${name}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
    )
  }
  try {
    const value = (name: string) => variables.get(name)?.replaceAll('\n', '')
    return filled(parseTemplate(text), value, strict)
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error
    throw new KustomizeError(`envsubst error: variable substitution failed: ${error.message}`)
  }
}

function substituteObject(
  object: KubeObject,
  variables: SubstitutionVariables,
  options: SubstituteOptions,
): KubeObject {
  if (!holdsDollar(object)) {
    // Nothing to put in, but bad names are told in any case.
    substituteText('', variables, options)
    return object
  }
  const text = substituteText(stringify(object), variables, options)
  let value: unknown
  try {
    value = parseFirst(text)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    // The text may hold secrets by now: the message tells the line and not the content.
    throw new KustomizeError(`envsubst error: YAMLToJSON: ${error.sigsMessage}`, { line: error.line, cause: error })
  }
  if (!isKubeObject(value)) throw new KustomizeError('envsubst error: the result is no Kubernetes object any more')
  return value
}

function isKubeObject(value: unknown): value is KubeObject {
  return (
    isMapping(value) &&
    typeof value.kind === 'string' &&
    typeof value.apiVersion === 'string' &&
    isMapping(value.metadata)
  )
}

function holdsDollar(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('$')
  if (Array.isArray(value)) return value.some(holdsDollar)
  if (!isMapping(value)) return false
  return Object.keys(value).some(key => key.includes('$') || holdsDollar(value[key]))
}

type Lookup = (name: string) => string | undefined

function filled(nodes: readonly TemplateNode[], lookup: Lookup, strict: boolean): string {
  return nodes.map(node => (typeof node === 'string' ? node : expanded(node, lookup, strict))).join('')
}

const defaults = new Set(['=', ':=', ':-', ':?', ':+'])

const encoder = new TextEncoder()
// A byte order mark is a character like others, as for Go.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function expanded({ operator, name, args: nodes }: Expansion, lookup: Lookup, strict: boolean): string {
  const args = nodes.map(node => filled([node], lookup, strict))
  const set = lookup(name)
  if (set === undefined && strict && !defaults.has(operator)) {
    throw new KustomizeError(`variable not set (strict mode): "${name}"`)
  }
  const value = set ?? ''
  const [first = '', second = ''] = args
  switch (operator) {
    case '#':
      return args.length === 0 ? String(encoder.encode(value).length) : trimPrefix(value, first, 'shortest')
    case '##':
      return trimPrefix(value, first, 'longest')
    case '%':
      return reversed(trimPrefix(reversed(value), reversed(first), 'shortest'))
    case '%%':
      return reversed(trimPrefix(reversed(value), reversed(first), 'longest'))
    case '^':
      return withFirst(value, char => char.toUpperCase())
    case '^^':
      return value.toUpperCase()
    case ',':
      return withFirst(value, char => char.toLowerCase())
    case ',,':
      return value.toLowerCase()
    case ':':
      return substring(value, args)
    case '/':
      return value.replace(first, () => second)
    case '//':
      return first === '' ? betweenAll(value, second) : value.replaceAll(first, () => second)
    case '/#':
      return args.length === 2 && value.startsWith(first) ? second + value.slice(first.length) : value
    case '/%':
      return args.length === 2 && value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value
    case '':
      return value
    default:
      return value === '' ? args.join('') : value
  }
}

/** Go puts the new text before every character and at the end when the old text is empty. */
function betweenAll(value: string, text: string): string {
  return text + [...value].map(char => char + text).join('')
}

function withFirst(value: string, change: (char: string) => string): string {
  const [first = ''] = value
  return change(first) + value.slice(first.length)
}

/** By bytes, as in Go; what does not parse as a number leaves the value as it is. */
function substring(value: string, args: readonly string[]): string {
  const bytes = encoder.encode(value)
  const [positionText = '', lengthText] = args
  const whole = /^[-+]?\d+$/
  if (!whole.test(positionText) || (lengthText !== undefined && !whole.test(lengthText))) return value
  const position = Number(positionText)
  const start = position < 0 ? Math.max(0, bytes.length + position) : position
  if (lengthText === undefined) return decoder.decode(bytes.subarray(start))
  const length = Number(lengthText)
  const end = length < 0 ? bytes.length + length : start + length
  return end <= start ? '' : decoder.decode(bytes.subarray(start, end))
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}

/** Takes off the shortest or longest beginning that the pattern (`*`, `?`, `[…]`, backslash) matches. */
function trimPrefix(value: string, pattern: string, which: 'shortest' | 'longest'): string {
  const expression = globExpression(pattern)
  if (!expression) return value
  let best = ''
  for (let end = value.length; end > 0; end--) {
    const start = value.slice(0, end)
    if (!expression.test(start)) continue
    best = start
    if (which === 'longest') break
  }
  return value.slice(best.length)
}

/** A glob as a regular expression; undefined when it is malformed. Stars in a row are one, so matching stays quadratic at worst per star. */
function globExpression(pattern: string): RegExp | undefined {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i)
    if (char === '*') {
      if (!source.endsWith('[^]*')) source += '[^]*'
    } else if (char === '?') source += '[^]'
    else if (char === '[') {
      const end = pattern.indexOf(']', i + 2)
      if (end < 0) return undefined
      const inner = pattern.slice(i + 1, end)
      const negated = inner.startsWith('^')
      source += `[${negated ? '^' : ''}${(negated ? inner.slice(1) : inner).replace(/[\\\]^[]/g, '\\$&')}]`
      i = end
    } else if (char === '\\') {
      i++
      if (i >= pattern.length) return undefined
      source += escapedChar(pattern.charAt(i))
    } else source += escapedChar(char)
  }
  if ((source.match(/\[\^\]\*/g) ?? []).length > 8)
    throw new KustomizeError('a pattern with more than 8 stars is refused')
  try {
    return new RegExp(`^${source}$`, 'u')
  } catch {
    return undefined
  }
}

function escapedChar(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
}
