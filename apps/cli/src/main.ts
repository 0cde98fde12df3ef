/**
 * The `sluice` command: the only place that wires the packages together. This file runs one command and turns what it throws
 * into a message and an exit code: 0 done, 1 failed, 2 wrong usage.
 */
import { CommanderError } from 'commander'
import { exitWithParent } from './exit-with-parent.ts'
import { buildProgram } from './program.ts'
import { UsageError } from './usage-error.ts'

/** A program error shows its stack; everything else is a message for the person at the terminal. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const defect = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return (defect || process.env.SLUICE_DEBUG) && error.stack ? error.stack : error.message
}

async function run(args: string[]): Promise<number> {
  try {
    const program = await buildProgram(args)
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`✗ ${messageOf(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

exitWithParent()
// Nothing is left to do then; to end now spares Node the taking apart of its heap, some milliseconds.
process.once('beforeExit', () => process.exit())
// Not awaited at the top of the module: in the bundle this is the body of a function.
run(process.argv.slice(2)).then(code => {
  // A command that ran to its end may have set a code of its own.
  if (code !== 0) process.exitCode = code
})
