/**
 * What `sluice up` shows while it starts: a line a part. On a terminal the block of lines is redrawn in place with the seconds each has taken;
 * anywhere else a line is printed when a part says something new.
 */

export type PartState = 'waiting' | 'working' | 'done' | 'failed'

export interface ProgressPart {
  /** What the part is doing now. Saying it again changes nothing. */
  update(state: PartState, text: string): void
}

export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

interface Line {
  name: string
  state: PartState
  text: string
  /** When it began to work, and how long it took once it was done; milliseconds. */
  began: number | undefined
  took: number | undefined
}

const marks: Record<PartState, string> = { waiting: '·', working: '►', done: '✔', failed: '✗' }
const colors: Record<PartState, number> = { waiting: 90, working: 36, done: 32, failed: 31 }
const REDRAW = 200

export class Progress {
  readonly #stream: ProgressStream
  readonly #now: () => number
  readonly #lines: Line[] = []
  readonly #timer: NodeJS.Timeout | undefined
  /** Lines of the block on the screen. */
  #drawn = 0
  #closed = false

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
    if (stream.isTTY) this.#timer = setInterval(() => this.#redraw(), REDRAW)
  }

  part(name: string): ProgressPart {
    const line: Line = { name, state: 'waiting', text: '', began: undefined, took: undefined }
    this.#lines.push(line)
    return { update: (state, text) => this.#update(line, state, text) }
  }

  /** A line that stays, above the block. */
  say(text: string): void {
    this.#erase()
    this.#stream.write(`${text}\n`)
    this.#redraw()
  }

  /** Leaves the block as it is; later changes are printed as lines of their own. */
  close(): void {
    clearInterval(this.#timer)
    this.#redraw()
    this.#closed = true
  }

  #update(line: Line, state: PartState, text: string): void {
    if (line.state === state && line.text === text) return
    const now = this.#now()
    if (state === 'working' && line.state !== 'working') {
      line.began = now
      line.took = undefined
    }
    if (state === 'done' && line.began !== undefined) line.took ??= now - line.began
    line.state = state
    line.text = text
    if (this.#stream.isTTY && !this.#closed) this.#redraw()
    else this.#stream.write(`${this.#text(line)}\n`)
  }

  #text(line: Line): string {
    const width = Math.max(...this.#lines.map(({ name }) => name.length))
    const seconds = line.took === undefined ? '' : ` (${(line.took / 1000).toFixed(1)} s)`
    return `${marks[line.state]} ${line.name.padEnd(width)}  ${line.text}${seconds}`.trimEnd()
  }

  #erase(): void {
    if (!this.#stream.isTTY || this.#closed || this.#drawn === 0) return
    this.#stream.write(`\x1b[${this.#drawn}A\x1b[J`)
    this.#drawn = 0
  }

  #redraw(): void {
    if (!this.#stream.isTTY || this.#closed) return
    const width = (this.#stream.columns ?? 80) - 1
    const now = this.#now()
    const lines = this.#lines.map(line => {
      const running = line.state === 'working' && line.began !== undefined && now - line.began > 1000
      const seconds = running && line.began !== undefined ? ` ${Math.floor((now - line.began) / 1000)} s` : ''
      // Cut to the screen: a line that wraps would count twice.
      return `\x1b[${colors[line.state]}m${`${this.#text(line)}${seconds}`.slice(0, width)}\x1b[0m\n`
    })
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[J` : ''
    this.#stream.write(up + lines.join(''))
    this.#drawn = lines.length
  }
}
