/**
 * Takes the values of Secrets out of texts. What a chart, a schema or the API server says of a failure may repeat what
 * it was given, and conditions, events and logs are read by more people than Secrets.
 */
export type Mask = (text: string) => string

/** Shorter ones cannot be told from words that stand there by chance, and hide little. */
const LEAST = 4

export function secretMask(secrets: readonly string[]): Mask {
  const lines = secrets.flatMap(secret => [secret, ...secret.split('\n')]).map(line => line.trim())
  // What others hold goes first: a part of a secret must not save the rest of it.
  const plain = [...new Set(lines)].filter(line => line.length >= LEAST)
  const hidden = plain.flatMap(formsOf).sort((a, b) => b.length - a.length)
  if (hidden.length === 0) return text => text
  return text => hidden.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
}

/** As it is, as it stands in quotes, as a Secret has it. */
const formsOf = (line: string): string[] => [
  line,
  JSON.stringify(line).slice(1, -1),
  Buffer.from(line).toString('base64'),
]
