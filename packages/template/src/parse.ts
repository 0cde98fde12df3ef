/** Turns a template's text into trees: its own and those of its `define` and `block` clauses. Words of the errors are Go's. */
import { goQuote, goUnquote } from './go-string.ts'
import { Lexer, type Token, tokenText } from './lexer.ts'
import { isEmpty, type ListNode, nodeText, type Operand, type PipeNode, type Source, type Statement } from './nodes.ts'
import { parseNumber } from './parse-number.ts'
import { TemplateError } from './template-error.ts'

/** Deepest nesting of parentheses and of blocks. */
const maxDepth = 1000

/** All trees of a text by name; the text's own has the name it was given. Throws TemplateError. */
export function parseTemplate(
  file: string,
  text: string,
  isFunction: (name: string) => boolean,
): Map<string, ListNode> {
  const trees = new Map<string, ListNode>()
  new Parser({ file, text }, new Lexer(text), isFunction, trees).file()
  return trees
}

interface Ending {
  kind: 'ending'
  word: 'end' | 'else'
  pos: number
}

class Parser {
  private readonly source: Source
  private readonly lexer: Lexer
  private readonly isFunction: (name: string) => boolean
  private readonly trees: Map<string, ListNode>
  private readonly ahead: Token[] = []
  private lastLine = 0
  private actionLine = 0
  private variables = ['$']
  private ranges = 0
  private parens = 0
  private blocks = 0

  constructor(
    source: Source,
    lexer: Lexer,
    isFunction: (name: string) => boolean,
    trees: Map<string, ListNode>,
    blocks = 0,
  ) {
    this.source = source
    this.lexer = lexer
    this.isFunction = isFunction
    this.trees = trees
    this.blocks = blocks
  }

  file(): void {
    const root = this.list(this.peek().pos)
    while (this.peek().type !== 'eof') {
      if (this.peek().type === 'left') {
        const left = this.next()
        const word = this.nextNonSpace()
        if (word.type === 'keyword' && word.text === 'define') {
          this.nested().definition()
          continue
        }
        this.back(word)
        this.back(left)
      }
      const node = this.textOrAction()
      if (node.kind === 'ending') this.fail(`unexpected {{${node.word}}}`)
      else root.nodes.push(node)
    }
    this.add(this.source.file, root)
  }

  private nested(): Parser {
    return new Parser(this.source, this.lexer, this.isFunction, this.trees, this.blocks + 1)
  }

  private add(name: string, root: ListNode): void {
    const old = this.trees.get(name)
    if (old === undefined || isEmpty(old)) this.trees.set(name, root)
    else if (!isEmpty(root)) this.fail(`template: multiple definition of template ${goQuote(name)}`)
  }

  definition(): void {
    const context = 'define clause'
    const token = this.nextNonSpace()
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context)
    const name = this.unquote(token)
    this.expectRight(context)
    const [root, end] = this.itemList()
    if (end.word !== 'end') this.fail(`unexpected {{else}} in ${context}`)
    this.add(name, root)
  }

  // Tokens

  private next(): Token {
    const token = this.ahead.pop() ?? this.lexer.next()
    this.lastLine = token.line
    return token
  }

  private back(token: Token): void {
    this.ahead.push(token)
  }

  private peek(): Token {
    const token = this.next()
    this.back(token)
    return token
  }

  private nextNonSpace(): Token {
    let token = this.ahead.pop() ?? this.lexer.nextNonSpace()
    while (token.type === 'space') token = this.ahead.pop() ?? this.lexer.nextNonSpace()
    this.lastLine = token.line
    return token
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace()
    this.back(token)
    return token
  }

  private expectRight(context: string): Token {
    const token = this.nextNonSpace()
    if (token.type !== 'right') this.unexpected(token, context)
    return token
  }

  private fail(message: string): never {
    throw new TemplateError(`template: ${this.source.file}:${this.lastLine}: ${message}`, {
      template: this.source.file,
      line: this.lastLine,
    })
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.fail(`unexpected ${tokenText(token)} in ${context}`)
    let extra = ''
    if (this.actionLine !== 0 && this.actionLine !== token.line) {
      extra = ` in action started at ${this.source.file}:${this.actionLine}`
      if (token.text.endsWith(' action')) extra = extra.slice(' in action'.length)
    }
    this.fail(token.text + extra)
  }

  private unquote(token: Token): string {
    return goUnquote(token.text) ?? this.fail('invalid syntax')
  }

  // Statements

  private list(pos: number): ListNode {
    return { kind: 'list', pos, source: this.source, nodes: [] }
  }

  private itemList(): [ListNode, Ending] {
    if (++this.blocks > maxDepth) this.fail('max nesting depth exceeded')
    const list = this.list(this.peekNonSpace().pos)
    while (this.peekNonSpace().type !== 'eof') {
      const node = this.textOrAction()
      if (node.kind === 'ending') {
        this.blocks--
        return [list, node]
      }
      list.nodes.push(node)
    }
    this.fail('unexpected EOF')
  }

  private textOrAction(): Statement | Ending {
    const token = this.nextNonSpace()
    if (token.type === 'text') return { kind: 'text', pos: token.pos, source: this.source, text: token.text }
    if (token.type !== 'left') this.unexpected(token, 'input')
    this.actionLine = token.line
    const node = this.action()
    this.actionLine = 0
    return node
  }

  private action(): Statement | Ending {
    const token = this.nextNonSpace()
    const { source } = this
    if (token.type === 'keyword') {
      switch (token.text) {
        case 'block':
          return this.block()
        case 'break':
        case 'continue': {
          const clause = `{{${token.text}}}`
          const end = this.nextNonSpace()
          if (end.type !== 'right') this.unexpected(end, clause)
          if (this.ranges === 0) this.fail(`${clause} outside {{range}}`)
          return { kind: token.text, pos: token.pos, source }
        }
        case 'else': {
          const next = this.peekNonSpace()
          if (next.type === 'keyword' && (next.text === 'if' || next.text === 'with'))
            return { kind: 'ending', word: 'else', pos: next.pos }
          return { kind: 'ending', word: 'else', pos: this.expectRight('else').pos }
        }
        case 'end':
          return { kind: 'ending', word: 'end', pos: this.expectRight('end').pos }
        case 'if':
        case 'range':
        case 'with':
          return this.control(token.text)
        case 'template': {
          const name = this.nextNonSpace()
          if (name.type !== 'string' && name.type !== 'rawString') this.unexpected(name, 'template clause')
          const text = this.unquote(name)
          const after = this.nextNonSpace()
          let pipe: PipeNode | undefined
          if (after.type !== 'right') {
            this.back(after)
            pipe = this.pipeline('template clause', 'right')
          }
          return { kind: 'template', pos: name.pos, source, name: text, pipe }
        }
      }
    }
    this.back(token)
    return { kind: 'action', pos: token.pos, source, pipe: this.pipeline('command', 'right') }
  }

  private block(): Statement {
    const context = 'block clause'
    const token = this.nextNonSpace()
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context)
    const name = this.unquote(token)
    const pipe = this.pipeline(context, 'right')
    const inner = this.nested()
    const [root, end] = inner.itemList()
    if (end.word !== 'end') inner.fail(`unexpected {{else}} in ${context}`)
    inner.add(name, root)
    return { kind: 'template', pos: token.pos, source: this.source, name, pipe }
  }

  private control(kind: 'if' | 'range' | 'with'): Statement {
    const known = this.variables.length
    const pipe = this.pipeline(kind, 'right')
    if (kind === 'range') this.ranges++
    const [list, ending] = this.itemList()
    if (kind === 'range') this.ranges--
    let otherwise: ListNode | undefined
    if (ending.word === 'else') {
      const next = this.peek()
      if (kind !== 'range' && next.type === 'keyword' && next.text === kind) {
        this.next()
        if (++this.blocks > maxDepth) this.fail('max nesting depth exceeded')
        otherwise = this.list(ending.pos)
        otherwise.nodes.push(this.control(kind))
        this.blocks--
      } else {
        const [items, end] = this.itemList()
        if (end.word !== 'end') this.fail('expected end; found {{else}}')
        otherwise = items
      }
    }
    this.variables.length = known
    return { kind, pos: pipe.pos, source: this.source, pipe, list, otherwise }
  }

  // Expressions

  private pipeline(context: string, end: 'right' | 'closeParen'): PipeNode {
    const first = this.peekNonSpace()
    const pipe: PipeNode = {
      kind: 'pipe',
      pos: first.pos,
      source: this.source,
      assign: false,
      variables: [],
      commands: [],
    }
    this.declarations(pipe, context)
    for (;;) {
      const token = this.nextNonSpace()
      if (token.type === end) break
      switch (token.type) {
        case 'bool':
        case 'char':
        case 'complex':
        case 'dot':
        case 'field':
        case 'identifier':
        case 'number':
        case 'rawString':
        case 'string':
        case 'variable':
        case 'openParen':
          break
        default:
          if (token.type !== 'keyword' || token.text !== 'nil') this.unexpected(token, context)
      }
      this.back(token)
      // Most have one: a list that grows gets room for many.
      if (pipe.commands.length === 0) pipe.commands = [this.command()]
      else pipe.commands.push(this.command())
    }
    if (pipe.commands.length === 0) this.fail(`missing value for ${context}`)
    for (let stage = 1; stage < pipe.commands.length; stage++) {
      const kind = pipe.commands[stage]?.args[0]?.kind
      if (kind === 'bool' || kind === 'dot' || kind === 'nil' || kind === 'number' || kind === 'string')
        this.fail(`non executable command in pipeline stage ${stage + 1}`)
    }
    return pipe
  }

  private declarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const name = this.peekNonSpace()
      if (name.type !== 'variable') return
      this.next()
      const after = this.next()
      const spaces = after.type === 'space' ? after : undefined
      const next = spaces ? this.nextNonSpace() : after
      if (next.type === 'assign' || next.type === 'declare') {
        pipe.assign = next.type === 'assign'
        pipe.variables.push(name.text)
        this.variables.push(name.text)
        return
      }
      if (next.type === 'other' && next.text === ',') {
        pipe.variables.push(name.text)
        this.variables.push(name.text)
        if (context === 'range' && pipe.variables.length < 2) {
          const type = this.peekNonSpace().type
          if (type === 'variable' || type === 'right' || type === 'closeParen') continue
          this.fail('range can only initialize variables')
        }
        this.fail(`too many declarations in ${context}`)
      }
      this.back(next)
      if (spaces) this.back(spaces)
      this.back(name)
      return
    }
  }

  private command(): PipeNode['commands'][number] {
    let args: Operand[] = []
    const pos = this.peekNonSpace().pos
    for (;;) {
      this.peekNonSpace()
      const operand = this.operand()
      if (operand && args.length === 0) args = [operand]
      else if (operand) args.push(operand)
      const token = this.next()
      if (token.type === 'space') continue
      if (token.type === 'right' || token.type === 'closeParen') this.back(token)
      else if (token.type !== 'pipe') this.unexpected(token, 'operand')
      break
    }
    if (args.length === 0) this.fail('empty command')
    return { kind: 'command', pos, source: this.source, args }
  }

  private operand(): Operand | undefined {
    const node = this.term()
    if (node === undefined || this.peek().type !== 'field') return node
    const pos = this.peek().pos
    const names: string[] = []
    while (this.peek().type === 'field') names.push(this.next().text.slice(1))
    const { source } = this
    switch (node.kind) {
      case 'field':
        return { kind: 'field', pos, source, names: [...node.names, ...names] }
      case 'variable':
        return { kind: 'variable', pos, source, name: node.name, names: [...node.names, ...names] }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.fail(`unexpected . after term ${goQuote(nodeText(node))}`)
      default:
        return { kind: 'chain', pos, source, node, names }
    }
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace()
    const { pos, text } = token
    const { source } = this
    switch (token.type) {
      case 'identifier':
        if (!this.isFunction(text)) this.fail(`function ${goQuote(text)} not defined`)
        return { kind: 'identifier', pos, source, name: text }
      case 'dot':
        return { kind: 'dot', pos, source }
      case 'keyword':
        if (text === 'nil') return { kind: 'nil', pos, source }
        break
      case 'variable':
        if (!this.variables.includes(text)) this.fail(`undefined variable ${goQuote(text)}`)
        return { kind: 'variable', pos, source, name: text, names: [] }
      case 'field':
        return { kind: 'field', pos, source, names: [text.slice(1)] }
      case 'bool':
        return { kind: 'bool', pos, source, value: text === 'true' }
      case 'char':
      case 'complex':
      case 'number': {
        const number = parseNumber(text)
        if (typeof number === 'string') this.fail(number)
        return { kind: 'number', pos, source, text, ...number }
      }
      case 'openParen': {
        if (++this.parens > maxDepth) this.fail('max expression depth exceeded')
        const pipe = this.pipeline('parenthesized pipeline', 'closeParen')
        this.parens--
        return pipe
      }
      case 'string':
      case 'rawString':
        return { kind: 'string', pos, source, quoted: text, value: this.unquote(token) }
    }
    this.back(token)
    return undefined
  }
}
