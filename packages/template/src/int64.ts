/** Go's int64, apart from int, which is a plain bigint here: templates see the difference in type names and in what a function takes. */
export class Int64 {
  static readonly goType = 'int64'
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** The value of an int or int64; undefined for everything else. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return value instanceof Int64 ? value.value : undefined
}
