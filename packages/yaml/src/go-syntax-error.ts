/**
 * Where and why go-yaml would refuse a text. Internal to this package: callers get a YamlError.
 */
export class GoSyntaxError extends Error {
  /** 1-based. */
  readonly line: number
  readonly reason: string
  /** The line that go-yaml names, which is often another; `undefined` when it names none. */
  readonly goLine: number | undefined

  /** The same of go-yaml v2, which sigs.k8s.io/yaml holds. */
  readonly sigsLine: number | undefined

  constructor(reason: string, line: number, goLine: number | undefined, sigsLine = goLine) {
    super(reason)
    this.reason = reason
    this.line = line
    this.goLine = goLine
    this.sigsLine = sigsLine
  }
}
