/**
 * The one error of a build. Its message is the real tool's, because people know it and search for it; what the real one leaves out (the file, the
 * line, the object, what to do) stands beside it and is told by `explained()`.
 */
import { withoutPasswords } from './without-passwords.ts'

export interface ErrorPlace {
  file?: string | undefined
  /** 1-based. */
  line?: number | undefined
  /** `Kind.version.group/name.namespace`. */
  object?: string | undefined
  /** What to do about it, as one sentence without a full stop. */
  cure?: string | undefined
  cause?: unknown
}

export class KustomizeError extends Error {
  override readonly name = 'KustomizeError'
  readonly file: string | undefined
  readonly line: number | undefined
  readonly object: string | undefined
  readonly cure: string | undefined

  constructor(message: string, place: ErrorPlace = {}) {
    super(withoutPasswords(message), place.cause === undefined ? undefined : { cause: place.cause })
    this.file = place.file
    this.line = place.line
    this.object = place.object
    this.cure = place.cure
  }

  /** The message, then where it is and what to do, each on a line of its own unless the message has it. */
  explained(): string {
    const lines = [this.message.trimEnd()]
    const at = this.file && `${this.file}${this.line === undefined ? '' : `:${this.line}`}`
    if (at && !(this.line === undefined && this.message.includes(at))) lines.push(`  in ${at}`)
    if (this.object && !this.message.includes(this.object)) lines.push(`  object ${this.object}`)
    if (this.cure) lines.push(`  ${this.cure}`)
    return lines.join('\n')
  }
}

/** Puts `prefix: ` before an error's text, keeping its place. Other throwables (an abort, a bug) go through as they are. */
export function prefixed(error: unknown, prefix: string): unknown {
  return error instanceof KustomizeError
    ? new KustomizeError(`${prefix}: ${error.message}`, { ...placeOf(error) })
    : error
}

function placeOf(error: KustomizeError): ErrorPlace {
  const { file, line, object, cure } = error
  return { file, line, object, cure, cause: error }
}

/** Runs a step and puts a prefix before the text of what goes wrong in it. */
export function within<T>(prefix: string | (() => string), step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw prefixed(error, typeof prefix === 'string' ? prefix : prefix())
  }
}

/** Runs a step and tells where it was, when what goes wrong in it does not know better. */
export function located<T>(place: ErrorPlace, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error
    const known = placeOf(error)
    throw new KustomizeError(error.message, {
      file: known.file ?? place.file,
      line: known.file === undefined ? place.line : known.line,
      object: known.object ?? place.object,
      cure: known.cure ?? place.cure,
      cause: error,
    })
  }
}
