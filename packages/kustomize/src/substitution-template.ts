/**
 * The grammar of post-build substitution: `${name}` with bash's operators, as Flux's envsubst parses it. Gives a tree; `substitute.ts` fills it.
 */
import { KustomizeError } from './kustomize-error.ts'

export type TemplateNode = string | Expansion

export interface Expansion {
  /** Empty for a plain `${name}`. */
  operator: string
  name: string
  args: TemplateNode[]
}

/** Parses a text. Throws KustomizeError with envsubst's words. */
export function parseTemplate(text: string): TemplateNode[] {
  return new TemplateParser(text).all()
}

type Accept = (char: string, index: number) => boolean

const isIdentifier: Accept = char => char === '_' || /[\p{L}\p{Nd}]/u.test(char)
const notClosing: Accept = char => char !== '}'

interface ScanMode {
  accept: Accept
  /** A nested `${` ends the token. */
  nested?: boolean
  /** `$$` and, inside an expansion, a backslash before `/` or itself stand for one character. */
  escapes?: boolean
}

const maxDepth = 200

class TemplateParser {
  private at = 0
  private depth = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  all(): TemplateNode[] {
    const nodes: TemplateNode[] = []
    while (this.at < this.text.length) {
      if (this.opens()) nodes.push(this.expansion())
      else nodes.push(this.token({ accept: () => true, nested: true, escapes: true }, false) ?? '')
    }
    return nodes
  }

  private peek(): string {
    return this.at < this.text.length ? String.fromCodePoint(this.text.codePointAt(this.at) ?? 0) : ''
  }

  private opens(): boolean {
    return this.text.startsWith('${', this.at)
  }

  /** The longest run of accepted characters; undefined when not even the first is. */
  private token({ accept, nested, escapes }: ScanMode, inside: boolean): string | undefined {
    let token = ''
    let index = 0
    for (;;) {
      const char = this.peek()
      if (char === '' || (nested && index > 0 && this.opens())) break
      const next = this.text[this.at + 1]
      const escaped =
        escapes && ((char === '$' && next === '$') || (inside && char === '\\' && (next === '/' || next === '\\')))
      if (escaped) {
        token += next ?? ''
        this.at += 2
        index++
        continue
      }
      index++
      if (!accept(char, index)) break
      token += char
      this.at += char.length
    }
    return token === '' ? undefined : token
  }

  private expansion(): Expansion {
    if (++this.depth > maxDepth) throw new KustomizeError(`variables are nested deeper than ${maxDepth}`)
    this.at += 2
    const result = this.peek() === '#' ? this.length() : this.named()
    this.depth--
    return result
  }

  private length(): Expansion {
    this.at++
    const name = this.token({ accept: isIdentifier }, true) ?? fail('bad substitution')
    this.close()
    return { operator: '#', name, args: [] }
  }

  private named(): Expansion {
    const name = this.token({ accept: isIdentifier }, true) ?? fail('unable to parse variable name')
    switch (this.peek()) {
      case ':':
        return '=-?+'.includes(this.text[this.at + 1] ?? ' ') ? this.fallback(name) : this.substring(name)
      case '=':
        return this.fallback(name)
      case ',':
      case '^': {
        const operator = this.token({ accept: (char, i) => (char === ',' || char === '^') && i < 3 }, true) ?? ''
        this.close()
        return { operator, name, args: [] }
      }
      case '/':
        return this.replacement(name)
      case '#':
      case '%': {
        const mark = this.peek()
        const operator = this.token({ accept: (char, i) => char === mark && i < 3 }, true) ?? ''
        const args = [this.argument(notClosing)]
        this.close()
        return { operator, name, args }
      }
      default:
        this.close()
        return { operator: '', name, args: [] }
    }
  }

  private fallback(name: string): Expansion {
    const operator = this.text[this.at] === '=' ? '=' : this.text.slice(this.at, this.at + 2)
    this.at += operator.length
    const args: TemplateNode[] = []
    while (this.peek() !== '}') args.push(this.argument(notClosing))
    this.close()
    return { operator, name, args }
  }

  private substring(name: string): Expansion {
    this.at++
    const args = [this.argument(char => char !== ':' && char !== '}')]
    if (this.peek() === ':') {
      while (this.peek() === ':') this.at++
      args.push(this.argument(notClosing))
      this.close()
    } else if (this.peek() === '}') this.at++
    else fail('bad substitution')
    return { operator: ':', name, args }
  }

  private replacement(name: string): Expansion {
    let operator = '/'
    this.at++
    if ('/#%'.includes(this.peek() || ' ')) {
      operator += this.peek()
      this.at++
    }
    const args = [this.argument(char => char !== '/', true)]
    if (this.peek() !== '/') fail('bad substitution')
    while (this.peek() === '/') this.at++
    if (this.peek() !== '}') args.push(this.argument(notClosing, true))
    this.close()
    return { operator, name, args }
  }

  private argument(accept: Accept, escapes = false): TemplateNode {
    if (this.opens()) return this.expansion()
    return this.token({ accept, nested: true, escapes }, true) ?? fail('unable to parse substitution within function')
  }

  private close(): void {
    if (this.peek() !== '}') fail('missing closing brace')
    this.at++
  }
}

function fail(reason: string): never {
  throw new KustomizeError(reason)
}
