/**
 * The part of JSONPath that printer columns, scale paths and selectable fields use (client-go `util/jsonpath`): fields,
 * quoted fields, indexes, slices, wildcards and filters that compare a field with a literal.
 */
type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; from: number; to: number | undefined }
  | { kind: 'all' }
  | { kind: 'filter'; path: Step[]; operator: string; value: unknown }
  | { kind: 'descend'; name: string }

const parsed = new Map<string, Step[]>()

function parse(text: string): Step[] {
  const known = parsed.get(text)
  if (known) return known
  const steps: Step[] = []
  let rest = text.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '')
  while (rest) {
    const { step, length } = parseStep(rest, text)
    if (step) steps.push(step)
    rest = rest.slice(length)
  }
  parsed.set(text, steps)
  return steps
}

function parseStep(rest: string, text: string): { step?: Step; length: number } {
  let match = /^\.\.([\w-]+)/.exec(rest)
  if (match) return { step: { kind: 'descend', name: match[1] ?? '' }, length: match[0].length }
  match = /^\.?\*|^\[\*\]|^\.\[\*\]/.exec(rest)
  if (match) return { step: { kind: 'all' }, length: match[0].length }
  match = /^\.?\[\?\(\s*@(.*?)\s*(==|!=|>=|<=|>|<)\s*(.*?)\s*\)\]/.exec(rest)
  if (match) {
    const [whole, path = '', operator = '', literal = ''] = match
    return { step: { kind: 'filter', path: parse(path), operator, value: literalOf(literal) }, length: whole.length }
  }
  match = /^\.?\[\s*(-?\d+)?\s*(?:(:)\s*(-?\d+)?)?\s*\]/.exec(rest)
  if (match) {
    const from = Number(match[1] ?? 0)
    const to = match[2] ? (match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])) : undefined
    return { step: { kind: 'index', from, to }, length: match[0].length }
  }
  match = /^\.?\['([^']*)'\]|^\.?\["([^"]*)"\]/.exec(rest)
  if (match) return { step: { kind: 'field', name: match[1] ?? match[2] ?? '' }, length: match[0].length }
  match = /^\.?((?:\\.|[^.[\]\\])+)/.exec(rest)
  if (match) {
    return { step: { kind: 'field', name: (match[1] ?? '').replaceAll(/\\(.)/g, '$1') }, length: match[0].length }
  }
  if (rest === '.') return { length: 1 }
  throw new Error(`unsupported JSONPath ${text} at ${rest}`)
}

function literalOf(text: string): unknown {
  if (/^(['"]).*\1$/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  if (operator === '==') return a === b
  if (operator === '!=') return a !== b
  if ((typeof a !== 'number' || typeof b !== 'number') && (typeof a !== 'string' || typeof b !== 'string')) return false
  return operator === '>' ? a > b : operator === '<' ? a < b : operator === '>=' ? a >= b : a <= b
}

const members = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : []

const member = (value: unknown, name: string): unknown[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? [(value as Record<string, unknown>)[name]]
    : []

function descend(value: unknown, name: string): unknown[] {
  return [...member(value, name), ...members(value).flatMap(v => descend(v, name))]
}

function take(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return member(value, step.name)
    case 'all':
      return members(value)
    case 'descend':
      return descend(value, step.name)
    case 'index': {
      if (!Array.isArray(value)) return []
      if (step.to !== undefined) return value.slice(step.from, step.to)
      const item = value.at(step.from)
      return item === undefined ? [] : [item]
    }
    case 'filter':
      return members(value).filter(v => walk(step.path, v).some(found => compare(found, step.operator, step.value)))
  }
}

const walk = (steps: readonly Step[], value: unknown): unknown[] =>
  steps.reduce<unknown[]>((values, step) => values.flatMap(v => take(step, v)), [value])

/** Everything the path finds; nulls are not found. */
export const jsonPathValues = (path: string, value: unknown): unknown[] =>
  walk(parse(path), value).filter(v => v !== undefined && v !== null)
