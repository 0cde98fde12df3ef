/**
 * The one error of this package: YAML that cannot be read or written, with the file and the line where the trouble is. Messages follow go-yaml's
 * (`yaml: line 3: mapping values are not allowed in this context`), because people search the web for those.
 */
interface YamlPlace {
  file?: string | undefined
  line?: number | undefined
  goLine?: number | undefined
  sigsLine?: number | undefined
}

const said = (reason: string, line: number | undefined): string =>
  `yaml: ${line === undefined ? '' : `line ${line}: `}${reason}`

export class YamlError extends Error {
  override readonly name = 'YamlError'
  /** Path as the caller named it. */
  readonly file: string | undefined
  /** 1-based line in the whole file, counting all documents. */
  readonly line: number | undefined
  /** What is wrong, without place. */
  readonly reason: string
  readonly #goLine: number | undefined
  readonly #sigsLine: number | undefined

  /** @param place `goLine`, `sigsLine`: the lines that go-yaml v3 and v2 name when they are others, `undefined` for none */
  constructor(reason: string, place: YamlPlace = {}) {
    const at = place.line === undefined ? '' : `line ${place.line}: `
    super(`${place.file ? `${place.file}: ` : ''}yaml: ${at}${reason}`)
    this.reason = reason
    this.file = place.file
    this.line = place.line
    this.#goLine = 'goLine' in place ? place.goLine : place.line
    this.#sigsLine = place.sigsLine
  }

  /** go-yaml's text, without the file: `yaml: line 3: …`. */
  get goMessage(): string {
    return said(this.reason, this.#goLine)
  }

  /** The text of sigs.k8s.io/yaml, whose go-yaml is v2: it names the line where the trouble is seen, and none where a value is at fault. */
  get sigsMessage(): string {
    return said(this.reason, this.#sigsLine)
  }
}
