/** An applied object or a patch that cannot be used; `code` and `reason` are those of the real server's answer. */
export class MergeError extends Error {
  override readonly name = 'MergeError'
  readonly code: number
  /** Absent where the real server gives none. */
  readonly reason: string | undefined

  constructor(code: number, reason: string | undefined, message: string) {
    super(message)
    this.code = code
    this.reason = reason
  }
}
