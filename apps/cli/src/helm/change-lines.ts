/** What an upgrade would change, as lines for people: an object each, and below it the fields. Values of Secrets are never shown. */
import type { JsonPatchOperation, ObjectChange } from '@sluice/release'

const marks = { added: '+', changed: '~', removed: '-' } as const

type Shown = ObjectChange & { action: keyof typeof marks }

const isShown = (change: ObjectChange): change is Shown => change.action in marks

export function changeLines(changes: readonly ObjectChange[]): string {
  const shown = changes.filter(isShown)
  const lines = shown.flatMap(change => [
    `${marks[change.action]} ${nameOf(change)}`,
    ...(change.action === 'changed' ? change.masked.map(operation => `    ${fieldLine(operation, change)}`) : []),
  ])
  const count = (action: keyof typeof marks) => shown.filter(change => change.action === action).length
  const same = changes.length - shown.length
  const sums = [`${count('added')} to add`, `${count('changed')} to change`, `${count('removed')} to remove`]
  return `${[...lines, `${sums.join(', ')}, ${same} as they are`].join('\n')}\n`
}

const nameOf = ({ ref }: ObjectChange): string => [ref.kind, ref.namespace, ref.name].filter(Boolean).join('/')

function fieldLine(operation: JsonPatchOperation, { ref, live }: ObjectChange): string {
  const path = pathText(operation.path)
  if (operation.op === 'remove') return `- ${path}`
  if (operation.op === 'add') return `+ ${path}: ${valueText(operation.value)}`
  const before = ref.kind === 'Secret' ? undefined : valueAt(live, segmentsOf(operation.path))
  return `${path}: ${before === undefined ? '' : `${valueText(before)} → `}${valueText(operation.value)}`
}

const valueText = (value: unknown): string => JSON.stringify(value)

const segmentsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
function pathText(pointer: string): string {
  return segmentsOf(pointer).reduce((text, part) => {
    if (/^\d+$|^-$/.test(part)) return `${text}[${part}]`
    if (!/^[\w-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`
    return text ? `${text}.${part}` : part
  }, '')
}

function valueAt(object: unknown, segments: readonly string[]): unknown {
  return segments.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null) return undefined
    return Object.entries(value).find(([key]) => key === part)?.[1]
  }, object)
}
