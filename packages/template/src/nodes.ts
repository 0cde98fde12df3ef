/** The tree of a parsed template, and how a node is written in error messages (as Go's Node.String). */
import { goQuote } from './go-string.ts'

/** The text a node is from: what its position counts in. */
export interface Source {
  readonly file: string
  readonly text: string
}

interface At {
  readonly pos: number
  readonly source: Source
}

export interface PipeNode extends At {
  kind: 'pipe'
  assign: boolean
  variables: string[]
  commands: CommandNode[]
}

export interface CommandNode extends At {
  kind: 'command'
  args: Operand[]
}

export type Operand =
  | ({ kind: 'dot' | 'nil' } & At)
  | ({ kind: 'bool'; value: boolean } & At)
  | ({ kind: 'string'; quoted: string; value: string } & At)
  | ({ kind: 'number'; text: string; int?: bigint; float?: number; overflow?: boolean } & At)
  | ({ kind: 'field'; names: string[] } & At)
  | ({ kind: 'variable'; name: string; names: string[] } & At)
  | ({ kind: 'identifier'; name: string } & At)
  | ({ kind: 'chain'; node: Operand; names: string[] } & At)
  | PipeNode

export interface ListNode extends At {
  kind: 'list'
  nodes: Statement[]
}

export type Statement =
  | ({ kind: 'text'; text: string } & At)
  | ({ kind: 'action'; pipe: PipeNode } & At)
  | ({ kind: 'if' | 'with' | 'range'; pipe: PipeNode; list: ListNode; otherwise: ListNode | undefined } & At)
  | ({ kind: 'template'; name: string; pipe: PipeNode | undefined } & At)
  | ({ kind: 'break' | 'continue' } & At)

export type Node = PipeNode | CommandNode | Operand | ListNode | Statement

/** Whether a list has nothing but space: such a definition does not replace another. */
export const isEmpty = (list: ListNode): boolean =>
  list.nodes.every(node => node.kind === 'text' && node.text.trim() === '')

const dotted = (names: readonly string[]): string => names.map(name => `.${name}`).join('')

export function nodeText(node: Node): string {
  switch (node.kind) {
    case 'pipe': {
      const declared = node.variables.length ? `${node.variables.join(', ')} ${node.assign ? '=' : ':='} ` : ''
      return declared + node.commands.map(nodeText).join(' | ')
    }
    case 'command':
      return node.args.map(arg => (arg.kind === 'pipe' ? `(${nodeText(arg)})` : nodeText(arg))).join(' ')
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'string':
      return node.quoted
    case 'number':
    case 'text':
      return node.text
    case 'field':
      return dotted(node.names)
    case 'variable':
      return node.name + dotted(node.names)
    case 'identifier':
      return node.name
    case 'chain':
      return (node.node.kind === 'pipe' ? `(${nodeText(node.node)})` : nodeText(node.node)) + dotted(node.names)
    case 'list':
      return node.nodes.map(nodeText).join('')
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'template':
      return `{{template ${goQuote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`
    default: {
      const otherwise = node.otherwise ? `{{else}}${nodeText(node.otherwise)}` : ''
      return `{{${node.kind} ${nodeText(node.pipe)}}}${nodeText(node.list)}${otherwise}{{end}}`
    }
  }
}
