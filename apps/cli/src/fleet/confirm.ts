/**
 * Asks before something is lost, unless `--yes` was given. Without a terminal nobody can answer: then `--yes` is
 * required.
 */
import { UsageError } from '../usage-error.ts'

export class Declined extends Error {
  override name = 'Declined'
}

/** Throws {@link Declined} when the answer is no. */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) {
    throw new UsageError(`${question}\nThere is no terminal to answer on: add --yes to confirm.`)
  }
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} (y/N): `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new Declined('Operation cancelled.')
  } finally {
    terminal.close()
  }
}
