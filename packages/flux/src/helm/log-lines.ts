import type { Mask } from './secret-mask.ts'

/**
 * The last lines that Helm logged during an action, for the event of its failure: what a person would have seen had he
 * run the command himself. A line that comes again and again is counted, not kept.
 */
interface Line {
  text: string
  first: string
  last: string
  again: number
}

/** Distinct lines kept. */
const MOST = 10

export class LogLines {
  readonly #mask: Mask
  readonly #lines: Line[] = []

  constructor(mask: Mask) {
    this.#mask = mask
  }

  add(line: string): void {
    if (line === '') return
    const text = this.#mask(line)
    const now = goTime(new Date())
    const last = this.#lines.at(-1)
    if (last?.text === text) {
      last.again++
      last.last = now
      return
    }
    this.#lines.push({ text, first: now, last: now, again: 0 })
    if (this.#lines.length > MOST) this.#lines.shift()
  }

  /** `message`, and the lines below it when there are any. */
  below(message: string): string {
    if (this.#lines.length === 0) return message
    return `${message}\n\nLast Helm logs:\n\n${this.#lines.map(shown).join('\n').trim()}`
  }
}

function shown({ text, first, last, again }: Line): string {
  const once = `${first}: ${text}`
  if (again === 0) return once
  const omitted = again > 1 ? ` (${again - 1} duplicate ${again > 2 ? 'lines' : 'line'} omitted)` : ''
  return `${once}\n${last}: ${text}${omitted}`
}

/** RFC 3339 as Go writes it: no zeros at the end of the fraction. */
const goTime = (date: Date): string => date.toISOString().replace(/\.?0+Z$/, 'Z')
