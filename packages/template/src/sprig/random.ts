/** A whole number from 0 up to `below`, each as likely, from the machine's source of secrets. */
export function randomIndex(below: number): number {
  const range = 2 ** 53
  const fair = range - (range % below)
  const words = new Uint32Array(2)
  for (;;) {
    globalThis.crypto.getRandomValues(words)
    const value = (words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11)
    if (value < fair) return value % below
  }
}
