/**
 * Where and why go-yaml would refuse a text. Internal to this package: callers get a YamlError.
 */
export class GoSyntaxError extends Error {
  /** 1-based. */
  readonly line: number
  readonly reason: string

  constructor(reason: string, line: number) {
    super(reason)
    this.reason = reason
    this.line = line
  }
}
