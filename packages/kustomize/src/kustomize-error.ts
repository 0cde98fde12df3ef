/**
 * The one error of a build. Its message is close to the real tool's; file, line and object are kept apart as well, for conditions and editors.
 */
export class KustomizeError extends Error {
  override readonly name = 'KustomizeError'
  readonly file: string | undefined
  /** 1-based. */
  readonly line: number | undefined

  constructor(message: string, place: { file?: string | undefined; line?: number | undefined; cause?: unknown } = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.file = place.file
    this.line = place.line
  }
}

/** Puts `prefix: ` before an error's text, keeping its place. Other throwables (an abort, a bug) go through as they are. */
export function prefixed(error: unknown, prefix: string): unknown {
  if (!(error instanceof KustomizeError)) return error
  const wrapped = new KustomizeError(`${prefix}: ${error.message}`, {
    file: error.file,
    line: error.line,
    cause: error.cause,
  })
  return wrapped
}

/** Runs a step and puts a prefix before the text of what goes wrong in it. */
export function within<T>(prefix: string | (() => string), step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw prefixed(error, typeof prefix === 'string' ? prefix : prefix())
  }
}
