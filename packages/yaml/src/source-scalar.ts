/**
 * A plain scalar whose value does not tell how it was written: `1.0`, `0x1F`, `True`, an empty null, a 64-bit integer, a date. Only
 * `parseDocuments(…, { keepSource: true })` yields them; engines that must write the text again (kustomize) need them, everybody else gets plain values.
 */
export class SourceScalar {
  /** What the scalar means; bigint only where a number would lose digits. */
  readonly value: string | number | bigint | boolean | null
  /** How it is written in the file. */
  readonly text: string

  constructor(value: string | number | bigint | boolean | null, text: string) {
    this.value = value
    this.text = text
  }
}
