/**
 * Reads the whole language of YAML (and so JSON) into plain objects the way the Go tools around Kubernetes read it. The syntax comes from js-yaml's event parser, which is fast;
 * what scalars mean, merge keys, duplicate keys, anchors and the limits are go-yaml's and live here.
 */
import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml'
import { foldedAgain } from './folded-text.ts'
import { goEvents } from './go-events.ts'
import { GoSyntaxError } from './go-syntax-error.ts'
import type { ParseOptions, YamlDocument } from './parse-documents.ts'
import { type Dialect, type PlainValue, resolvePlain } from './resolve-plain.ts'
import { SourceScalar } from './source-scalar.ts'
import { withinStack } from './within-stack.ts'
import { YamlError } from './yaml-error.ts'

const deepest = 1000

/** Lines that the fast parser may take although the Go tools refuse them: tabs or marks of documents where indentation is, directives, scalars at the root. */
const lenientlyRead = /^[ ?-]*\t|^ +(?:---|\.\.\.)\s|^(?:\.\.\.|%|---[ \t]+[|>]|[|>])/m

/** Line breaks to the Go tools, as in YAML 1.1; characters like any other to the fast parser. */
const formerBreak = /[\u0085\u2028\u2029]/

/**
 * All documents of a text in order, or the first; empty ones (nothing, comments or a null) are left out. Throws YamlError.
 * @param firstOnly what comes behind that one may be anything
 */
export function readDocuments(text: string, options: ParseOptions, firstOnly = false): YamlDocument[] {
  const file = options.file
  // A text out of bytes that are none: half a pair stands for one of them.
  if (!text.isWellFormed()) throw new YamlError('invalid leading UTF-8 octet', { file })
  const maxDepth = Math.min(options.maxDepth ?? 500, deepest)
  return withinStack(maxDepth, () => read(text, maxDepth, options, firstOnly), file)
}

function read(text: string, maxDepth: number, options: ParseOptions, firstOnly: boolean): YamlDocument[] {
  if (!lenientlyRead.test(text) && !formerBreak.test(text)) {
    try {
      return new Composer(text, parseEvents(text, { maxDepth }), undefined, options).documents(firstOnly)
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error
    }
  }
  // What the fast parser does not take the Go tools may still take; if not, theirs are the words for it.
  try {
    const { events, values } = goEvents(text, maxDepth, firstOnly)
    return new Composer(text, events, values, options).documents(firstOnly)
  } catch (error) {
    if (!(error instanceof GoSyntaxError)) throw error
    throw new YamlError(error.reason, {
      file: options.file,
      line: error.line,
      goLine: error.goLine,
      sigsLine: error.sigsLine,
    })
  }
}

type Mapping = Record<string, unknown>

class Composer {
  private at = 0
  private decoded = 0
  /** Mappings around the place that is being read. */
  private level = 0
  private copied = 0
  private readonly anchors = new Map<string, { value: unknown; size: number } | undefined>()
  private readonly text: string
  private readonly events: Event[]
  /** Values that are decoded already. */
  private readonly values: ReadonlyMap<ScalarEvent, string> | undefined
  private readonly file: string | undefined
  private readonly dialect: Dialect
  private readonly duplicateKeys: 'error' | 'first' | 'last' | 'annotations'
  /** Keys of the outermost two mappings around the place that is being read. */
  private outer = ''
  private inner = ''
  private readonly keepSource: boolean

  constructor(
    text: string,
    events: Event[],
    values: ReadonlyMap<ScalarEvent, string> | undefined,
    options: ParseOptions,
  ) {
    this.text = text
    this.events = events
    this.values = values
    this.file = options.file
    this.dialect = options.dialect ?? '1.1'
    this.duplicateKeys = options.duplicateKeys ?? 'error'
    this.keepSource = options.keepSource ?? false
  }

  documents(firstOnly: boolean): YamlDocument[] {
    const documents: YamlDocument[] = []
    let lineAt = 0
    let line = 1
    while (this.at < this.events.length) {
      this.at++ // the document's own event
      const first = this.events[this.at]
      if (first === undefined) break
      if (first.type === EVENT_ID.POP) {
        this.at++
        continue
      }
      this.anchors.clear()
      const start = position(first)
      const value = this.node()
      this.at++ // its end
      if (isNull(value)) continue
      for (; lineAt < start; lineAt++) if (this.text.charCodeAt(lineAt) === 10) line++
      documents.push({ value, line })
      if (firstOnly) break
    }
    return documents
  }

  private fail(reason: string, offset: number): never {
    let line = 1
    for (let i = 0; i < offset && i < this.text.length; i++) if (this.text.charCodeAt(i) === 10) line++
    throw new YamlError(reason, { file: this.file, line: offset < 0 ? undefined : line })
  }

  private next(): Event {
    const event = this.events[this.at++]
    if (event === undefined) throw new YamlError('unexpected end of the document', { file: this.file })
    return event
  }

  private node(): unknown {
    const event = this.next()
    this.decoded++
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const value = this.scalar(event)
        if (event.anchorStart >= 0) this.remember(event, value, this.decoded - 1)
        return value
      }
      case EVENT_ID.MAPPING: {
        const before = this.decoded - 1
        if (event.anchorStart >= 0) this.anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), undefined)
        const value = this.mapping()
        if (event.anchorStart >= 0) this.remember(event, value, before)
        return value
      }
      case EVENT_ID.SEQUENCE: {
        const before = this.decoded - 1
        if (event.anchorStart >= 0) this.anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), undefined)
        const value: unknown[] = []
        while (this.events[this.at]?.type !== EVENT_ID.POP) value.push(this.node())
        this.at++
        if (event.anchorStart >= 0) this.remember(event, value, before)
        return value
      }
      case EVENT_ID.ALIAS: {
        const name = this.text.slice(event.anchorStart, event.anchorEnd)
        if (!this.anchors.has(name)) this.fail(`unknown anchor '${name}' referenced`, event.anchorStart)
        const anchor = this.anchors.get(name)
        if (!anchor) this.fail(`anchor '${name}' value contains itself`, event.anchorStart)
        this.countCopies(anchor.size, event.anchorStart)
        return copyOf(anchor.value)
      }
      default:
        throw new YamlError('unexpected end of a document', { file: this.file })
    }
  }

  private remember(event: { anchorStart: number; anchorEnd: number }, value: unknown, before: number): void {
    this.anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), { value, size: this.decoded - before })
  }

  /** go-yaml's limit on documents that are mostly aliases ("billion laughs"). */
  private countCopies(size: number, offset: number): void {
    this.decoded += size
    this.copied += size
    if (this.copied <= 100 || this.decoded <= 1000) return
    const low = 400_000
    const high = 4_000_000
    const allowed =
      this.decoded <= low ? 0.99 : this.decoded >= high ? 0.1 : 0.99 - (0.89 * (this.decoded - low)) / (high - low)
    if (this.copied / this.decoded > allowed) this.fail('document contains excessive aliasing', offset)
  }

  private mapping(): Mapping {
    const result: Mapping = {}
    this.level++
    let merges: unknown[] | undefined
    for (;;) {
      const keyEvent = this.next()
      if (keyEvent.type === EVENT_ID.POP) break
      this.decoded++
      const key = this.key(keyEvent)
      if (
        key === '<<' &&
        keyEvent.type === EVENT_ID.SCALAR &&
        keyEvent.style === SCALAR_STYLE.PLAIN &&
        keyEvent.tagStart < 0
      ) {
        const offset = keyEvent.valueStart
        const merged = this.node()
        merges ??= []
        if (Array.isArray(merged)) merges.push(...merged)
        else merges.push(merged)
        if (!merges.every(isMapping)) this.fail('map merge requires map or sequence of maps as the value', offset)
        continue
      }
      const isDuplicate = this.duplicateKeys !== 'last' && Object.hasOwn(result, key) && !this.inAnnotations()
      if (isDuplicate && this.duplicateKeys !== 'first') {
        this.fail(`mapping key ${JSON.stringify(key)} already defined`, position(keyEvent))
      }
      if (this.level === 1) this.outer = key
      else if (this.level === 2) this.inner = key
      const value = this.node()
      if (!isDuplicate) set(result, key, value)
    }
    this.level--
    for (const source of merges ?? []) {
      if (!isMapping(source)) continue
      for (const key of Object.keys(source)) if (!Object.hasOwn(result, key)) set(result, key, source[key])
    }
    return result
  }

  private inAnnotations(): boolean {
    if (this.duplicateKeys !== 'annotations' || this.level !== 3) return false
    return this.outer === 'metadata' && this.inner === 'annotations'
  }

  /** Keys become strings as in JSON; what go-yaml v3 would not turn into one is refused in that dialect. */
  private key(event: Event): string {
    if (event.type === EVENT_ID.ALIAS) {
      this.at--
      const value = this.node()
      if (typeof value === 'string') return value
      this.fail('a mapping key must be a string', event.anchorStart)
    }
    if (event.type !== EVENT_ID.SCALAR) this.fail('a mapping or sequence cannot be a key', position(event))
    const text = this.values?.get(event) ?? getScalarValue(this.text, event)
    if (event.anchorStart >= 0) this.remember(event, text, this.decoded - 1)
    if (event.style !== SCALAR_STYLE.PLAIN || text === '<<') return text
    const value = event.tagStart < 0 ? resolvePlain(text, this.dialect) : unwrapped(this.scalar(event))
    if (typeof value === 'string') return this.dialect === '1.1' ? text : value
    // go-yaml v3 reads a document into a mapping of texts, and only what is inside as it comes.
    if ((this.dialect === '1.2' && this.level > 1) || value === null) {
      this.fail(`the key ${text === '' ? '(empty)' : text} is not a string; put it in quotes`, position(event))
    }
    return this.dialect === '1.2' ? text : String(value)
  }

  private scalar(event: ScalarEvent): unknown {
    const text = this.values?.get(event) ?? getScalarValue(this.text, event)
    if (event.tagStart >= 0) return this.tagged(this.text.slice(event.tagStart, event.tagEnd), text, event)
    if (event.style === SCALAR_STYLE.PLAIN) return this.plain(text, event.valueStart)
    return this.folded(event, event.valueEnd === this.text.length ? this.atEndOfText(event, text) : text)
  }

  private folded(event: ScalarEvent, text: string): unknown {
    if (event.style !== SCALAR_STYLE.FOLDED_BLOCK || !this.keepSource) return text
    const again = foldedAgain(text)
    return again === text ? text : new SourceScalar(again, text)
  }

  /** A block scalar that ends with the text has no line break of its own in go-yaml's eyes, unless it is written. */
  private atEndOfText(event: ScalarEvent, text: string): string {
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK
    if (!isBlock || this.values || !text.endsWith('\n') || /[\n\r\u0085\u2028\u2029]$/.test(this.text)) return text
    return text.slice(0, -1)
  }

  private plain(text: string, offset: number): unknown {
    const value = resolvePlain(text, this.dialect)
    if (typeof value === 'string' && value === text) return text
    if (typeof value === 'number' && !Number.isFinite(value)) this.fail(`${text} has no form in JSON`, offset)
    if (!this.keepSource) return typeof value === 'bigint' ? Number(value) : value
    return String(value) === text ? value : new SourceScalar(value, text)
  }

  private tagged(tag: string, text: string, event: ScalarEvent): unknown {
    const short = tag.replace(/^!<tag:yaml\.org,2002:(.*)>$/, '!!$1')
    switch (short) {
      case '!!str':
      case '!':
        return text
      case '!!binary':
        return binaryText(text)
      case '!!int':
      case '!!float':
      case '!!bool':
      case '!!null':
      case '!!timestamp': {
        const value = resolvePlain(text, this.dialect)
        if (!fits(short, value)) this.fail(`cannot decode \`${text}\` as a ${short}`, event.valueStart)
        return this.plain(text, event.valueStart)
      }
      default:
        return event.style === SCALAR_STYLE.PLAIN ? this.plain(text, event.valueStart) : text
    }
  }
}

/** The text behind base64; what is no base64 in it is passed over. */
function binaryText(text: string): string {
  const digits = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/=.*$/s, '')
    .replace(/[^A-Za-z0-9+/]/g, '')
  const binary = atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits)
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(binary, char => char.charCodeAt(0)))
}

function fits(tag: string, value: PlainValue): boolean {
  switch (tag) {
    case '!!int':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
    case '!!float':
      return typeof value === 'bigint' || typeof value === 'number'
    case '!!bool':
      return typeof value === 'boolean'
    case '!!null':
      return value === null
    default:
      return typeof value === 'string'
  }
}

function position(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart >= 0 ? event.valueStart : event.anchorStart
    case EVENT_ID.ALIAS:
      return event.anchorStart
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start
    default:
      return -1
  }
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof SourceScalar)
}

function isNull(value: unknown): boolean {
  return unwrapped(value) === null
}

function unwrapped(value: unknown): unknown {
  return value instanceof SourceScalar ? value.value : value
}

/** Assigns without ever reaching the prototype. */
function set(target: Mapping, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else target[key] = value
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isMapping(value)) return value
  const copy: Mapping = {}
  for (const key of Object.keys(value)) set(copy, key, copyOf(value[key]))
  return copy
}
