/** A call for two words takes a microsecond, and `randAlphaNum 10000000` is one call of a template: they are fetched by the thousand. */
const words = new Uint32Array(2048)
let left = 0

/** Each word is handed out once and not kept. */
function word(): number {
  if (left === 0) left = globalThis.crypto.getRandomValues(words).length
  left--
  const value = words[left] ?? 0
  words[left] = 0
  return value
}

/** A whole number from 0 up to `below`, at most 2^31, each as likely, from the machine's source of secrets. */
export function randomIndex(below: number): number {
  const range = 2 ** 31
  const fair = range - (range % below)
  for (;;) {
    const value = word() >>> 1
    if (value < fair) return value % below
  }
}

/** The same for numbers of 64 bits. Of 128 random bits the remainder is as good as fair. */
export function randomBelow(below: bigint): bigint {
  let value = 0n
  for (let count = 0; count < 4; count++) value = (value << 32n) | BigInt(word())
  return value % below
}
