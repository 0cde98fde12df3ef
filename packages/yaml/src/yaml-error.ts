/**
 * The one error of this package: YAML that cannot be read or written, with the file and the line where the trouble is. Messages follow go-yaml's
 * (`yaml: line 3: mapping values are not allowed in this context`), because people search the web for those.
 */
export class YamlError extends Error {
  override readonly name = 'YamlError'
  /** Path as the caller named it. */
  readonly file: string | undefined
  /** 1-based line in the whole file, counting all documents. */
  readonly line: number | undefined
  /** What is wrong, without place. */
  readonly reason: string
  readonly #goLine: number | undefined

  /** @param place `goLine`: the line that go-yaml names when that is another, `undefined` when it names none */
  constructor(
    reason: string,
    place: { file?: string | undefined; line?: number | undefined; goLine?: number | undefined } = {},
  ) {
    const at = place.line === undefined ? '' : `line ${place.line}: `
    super(`${place.file ? `${place.file}: ` : ''}yaml: ${at}${reason}`)
    this.reason = reason
    this.file = place.file
    this.line = place.line
    this.#goLine = 'goLine' in place ? place.goLine : place.line
  }

  /** go-yaml's text, without the file: `yaml: line 3: …`. */
  get goMessage(): string {
    return `yaml: ${this.#goLine === undefined ? '' : `line ${this.#goLine}: `}${this.reason}`
  }
}
