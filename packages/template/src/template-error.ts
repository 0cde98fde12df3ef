/** What goes wrong in a template: parse errors and errors of execution, in Go's words, with the place they happened at. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** The template file whose text holds the place. */
  readonly template: string
  /** 1-based; 0 when the error is of no line. */
  readonly line: number
  /** 0-based byte in the line, as Go counts. */
  readonly column: number

  constructor(message: string, place: { template: string; line?: number; column?: number; cause?: unknown }) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.template = place.template
    this.line = place.line ?? 0
    this.column = place.column ?? 0
  }

  /** What the template's author said with `fail` or `required`, when that is what ended the execution. */
  get failure(): string | undefined {
    for (let error: unknown = this; error instanceof Error; error = error.cause) {
      if (error instanceof AuthorFailure) return error.message
    }
    return undefined
  }
}

/** What a function throws to end a rendering that is to be repeated later: it reaches the caller as it is, no place in a template is added. */
export class Interruption extends Error {
  override readonly name: string = 'Interruption'
}

/** Thrown by `fail` and `required`: a message meant for the user of the chart. */
export class AuthorFailure extends Error {
  override readonly name = 'AuthorFailure'
}
