/**
 * go-yaml's parser over its scanner: gives the same events as the fast parser, for texts that only the Go tools take, or throws the error they would give. Scalars'
 * values come beside the events, since they are decoded already.
 */
import { CHOMPING_MODE, COLLECTION_STYLE, EVENT_ID, type Event, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'
import { GoScanner, type Mark, type Token, type TokenType } from './go-scanner.ts'
import { GoSyntaxError } from './go-syntax-error.ts'
import { depthReason } from './within-stack.ts'

export interface GoEvents {
  events: Event[]
  values: Map<ScalarEvent, string>
}

/** Throws GoSyntaxError. */
export function goEvents(text: string, maxDepth: number, firstOnly = false): GoEvents {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what go-yaml's reader refuses
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]/.exec(text)
  if (control) {
    const line = text.slice(0, control.index).split('\n').length
    throw new GoSyntaxError('control characters are not allowed', line, undefined)
  }
  const parser = new GoParser(text, maxDepth)
  parser.stream(firstOnly)
  return { events: parser.events, values: parser.values }
}

interface Properties {
  anchorStart: number
  anchorEnd: number
  tagStart: number
  tagEnd: number
  start: Mark | undefined
}

const styles = {
  plain: SCALAR_STYLE.PLAIN,
  single: SCALAR_STYLE.SINGLE_QUOTED,
  double: SCALAR_STYLE.DOUBLE_QUOTED,
  literal: SCALAR_STYLE.LITERAL_BLOCK,
  folded: SCALAR_STYLE.FOLDED_BLOCK,
} as const

class GoParser {
  readonly events: Event[] = []
  readonly values = new Map<ScalarEvent, string>()
  private readonly scanner: GoScanner
  private readonly maxDepth: number
  private readonly handles = new Set<string>()
  private depth = 0

  constructor(text: string, maxDepth: number) {
    this.scanner = new GoScanner(text)
    this.maxDepth = maxDepth
  }

  /** @param firstOnly nothing behind the first document that is not empty is looked at */
  stream(firstOnly: boolean): void {
    let first = true
    for (;;) {
      if (!first) while (this.at('document-end')) this.scanner.next()
      const explicit = this.at('directive', 'document-start')
      if (this.at('stream-end')) return
      if (!first && !explicit) this.fail('did not find expected <document start>', this.scanner.peek().start)
      const before = this.events.length
      this.document(explicit)
      // A document's own event, one for nothing, and the end.
      if (firstOnly && this.events.length > before + 3) return
      first = false
    }
  }

  private document(explicit: boolean): void {
    this.handles.clear()
    while (this.at('directive')) this.directive(this.scanner.next())
    if (explicit) {
      if (!this.at('document-start')) this.fail('did not find expected <document start>', this.scanner.peek().start)
      this.scanner.next()
    }
    this.events.push({ type: EVENT_ID.DOCUMENT, explicitStart: explicit, explicitEnd: false, directives: [] })
    if (explicit && this.at('directive', 'document-start', 'document-end', 'stream-end')) {
      this.empty(this.scanner.peek().start)
    } else this.node(true, false)
    this.pop()
    if (this.at('document-end')) this.scanner.next()
  }

  private directive(token: Token): void {
    const [name, first = ''] = (token.value ?? '').split(/[ \t]+/)
    if (name === '%YAML') {
      if (!/^\d{1,2}\.\d{1,2}$/.test(first)) this.fail('did not find expected version number', token.start)
      if (first !== '1.1') this.fail('found incompatible YAML document', token.start)
      return
    }
    if (!/^!(?:[\w-]*!)?$/.test(first)) this.fail("did not find expected '!'", token.start)
    if (this.handles.has(first)) this.fail('found duplicate %TAG directive', token.start)
    this.handles.add(first)
  }

  private at(...types: TokenType[]): boolean {
    return types.includes(this.scanner.peek().type)
  }

  /** @param context where what is being parsed began: go-yaml rather names that line, and both as counted from zero */
  private fail(reason: string, mark: Mark, context?: Mark): never {
    throw new GoSyntaxError(reason, mark.line + 1, context?.line || mark.line || undefined, mark.line || undefined)
  }

  private pop(): void {
    this.events.push({ type: EVENT_ID.POP })
  }

  private empty(mark: Mark): void {
    this.pushScalar('', SCALAR_STYLE.PLAIN, mark.index, mark.index, undefined)
  }

  private pushScalar(
    value: string,
    style: ScalarEvent['style'],
    valueStart: number,
    valueEnd: number,
    properties: Properties | undefined,
  ): void {
    const event: ScalarEvent = {
      type: EVENT_ID.SCALAR,
      valueStart,
      valueEnd,
      anchorStart: properties?.anchorStart ?? -1,
      anchorEnd: properties?.anchorEnd ?? -1,
      tagStart: properties?.tagStart ?? -1,
      tagEnd: properties?.tagEnd ?? -1,
      style,
      chomping: CHOMPING_MODE.CLIP,
      indent: -1,
      fast: false,
    }
    this.events.push(event)
    this.values.set(event, value)
  }

  /** Anchor and tag before a node, in either order. */
  private properties(): Properties {
    const properties: Properties = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1, start: undefined }
    for (let i = 0; i < 2; i++) {
      if (this.at('anchor') && properties.anchorStart < 0) {
        const { start, end } = this.scanner.next()
        properties.anchorStart = start.index + 1
        properties.anchorEnd = end.index
        properties.start ??= start
      } else if (this.at('tag') && properties.tagStart < 0) {
        const { start, end } = this.scanner.next()
        this.checkHandle(this.scanner.text.slice(start.index, end.index), start)
        properties.tagStart = start.index
        properties.tagEnd = end.index
        properties.start ??= start
      }
    }
    return properties
  }

  private checkHandle(tag: string, mark: Mark): void {
    const handle = /^!([\w-]+)!/.exec(tag)?.[0]
    if (handle !== undefined && !this.handles.has(handle)) this.fail('found undefined tag handle', mark)
  }

  private node(block: boolean, indentless: boolean): void {
    if (this.at('alias')) {
      const { start, end } = this.scanner.next()
      this.events.push({ type: EVENT_ID.ALIAS, anchorStart: start.index + 1, anchorEnd: end.index })
      return
    }
    const properties = this.properties()
    const token = this.scanner.peek()
    if (++this.depth > this.maxDepth) this.fail(depthReason(this.maxDepth), token.start)
    if (indentless && token.type === 'block-entry') {
      this.open('sequence', COLLECTION_STYLE.BLOCK, token, properties)
      this.indentlessSequence()
    } else if (token.type === 'scalar') {
      this.scanner.next()
      const style = styles[token.kind ?? 'plain']
      this.pushScalar(token.value ?? '', style, token.start.index, token.end.index, properties)
    } else if (token.type === 'flow-sequence-start') {
      this.open('sequence', COLLECTION_STYLE.FLOW, token, properties)
      this.flowSequence()
    } else if (token.type === 'flow-mapping-start') {
      this.open('mapping', COLLECTION_STYLE.FLOW, token, properties)
      this.flowMapping()
    } else if (block && token.type === 'block-sequence-start') {
      this.open('sequence', COLLECTION_STYLE.BLOCK, token, properties)
      this.blockSequence()
    } else if (block && token.type === 'block-mapping-start') {
      this.open('mapping', COLLECTION_STYLE.BLOCK, token, properties)
      this.blockMapping()
    } else if (properties.start) {
      this.pushScalar('', SCALAR_STYLE.PLAIN, properties.start.index, properties.start.index, properties)
    } else this.fail('did not find expected node content', token.start)
    this.depth--
  }

  private open(
    kind: 'sequence' | 'mapping',
    style: (typeof COLLECTION_STYLE)[keyof typeof COLLECTION_STYLE],
    token: Token,
    properties: Properties,
  ): void {
    const { anchorStart, anchorEnd, tagStart, tagEnd } = properties
    const place = { start: token.start.index, anchorStart, anchorEnd, tagStart, tagEnd, style }
    if (kind === 'sequence') this.events.push({ type: EVENT_ID.SEQUENCE, ...place })
    else this.events.push({ type: EVENT_ID.MAPPING, ...place })
  }

  private blockSequence(): void {
    const { start } = this.scanner.next()
    while (this.at('block-entry')) {
      const { end } = this.scanner.next()
      if (this.at('block-entry', 'block-end')) this.empty(end)
      else this.node(true, false)
    }
    if (!this.at('block-end')) this.fail("did not find expected '-' indicator", this.scanner.peek().start, start)
    this.scanner.next()
    this.pop()
  }

  private indentlessSequence(): void {
    while (this.at('block-entry')) {
      const { end } = this.scanner.next()
      if (this.at('block-entry', 'key', 'value', 'block-end')) this.empty(end)
      else this.node(true, false)
    }
    this.pop()
  }

  private blockMapping(): void {
    const { start } = this.scanner.next()
    while (this.at('key')) {
      const { end } = this.scanner.next()
      if (this.at('key', 'value', 'block-end')) this.empty(end)
      else this.node(true, true)
      this.blockValue()
    }
    if (!this.at('block-end')) this.fail('did not find expected key', this.scanner.peek().start, start)
    this.scanner.next()
    this.pop()
  }

  private blockValue(): void {
    if (!this.at('value')) {
      this.empty(this.scanner.peek().start)
      return
    }
    const { end } = this.scanner.next()
    if (this.at('key', 'value', 'block-end')) this.empty(end)
    else this.node(true, true)
  }

  private flowSequence(): void {
    const { start } = this.scanner.next()
    for (let first = true; !this.at('flow-sequence-end'); first = false) {
      if (!first) {
        if (!this.at('flow-entry')) this.fail("did not find expected ',' or ']'", this.scanner.peek().start, start)
        this.scanner.next()
        if (this.at('flow-sequence-end')) break
      }
      if (this.at('key')) this.singlePair()
      else this.node(false, false)
    }
    this.scanner.next()
    this.pop()
  }

  /** `[a: b]` is a list of one mapping. */
  private singlePair(): void {
    const key = this.scanner.next()
    this.open('mapping', COLLECTION_STYLE.FLOW, key, {
      anchorStart: -1,
      anchorEnd: -1,
      tagStart: -1,
      tagEnd: -1,
      start: undefined,
    })
    if (this.at('value', 'flow-entry', 'flow-sequence-end')) this.empty(key.end)
    else this.node(false, false)
    if (this.at('value')) {
      const { end } = this.scanner.next()
      if (this.at('flow-entry', 'flow-sequence-end')) this.empty(end)
      else this.node(false, false)
    } else this.empty(this.scanner.peek().start)
    this.pop()
  }

  private flowMapping(): void {
    const { start } = this.scanner.next()
    for (let first = true; !this.at('flow-mapping-end'); first = false) {
      if (!first) {
        if (!this.at('flow-entry')) this.fail("did not find expected ',' or '}'", this.scanner.peek().start, start)
        this.scanner.next()
        if (this.at('flow-mapping-end')) break
      }
      if (this.at('key')) {
        const { end } = this.scanner.next()
        if (this.at('value', 'flow-entry', 'flow-mapping-end')) this.empty(end)
        else this.node(false, false)
        this.flowValue()
      } else {
        this.node(false, false)
        this.empty(this.scanner.peek().start)
      }
    }
    this.scanner.next()
    this.pop()
  }

  private flowValue(): void {
    if (!this.at('value')) {
      this.empty(this.scanner.peek().start)
      return
    }
    this.scanner.next()
    if (this.at('flow-entry', 'flow-mapping-end')) this.empty(this.scanner.peek().start)
    else this.node(false, false)
  }
}
