/**
 * Standard output. Texts are written at once and without the stream of Node, which takes some milliseconds to start. A reader that has seen
 * enough (`| head`) closes the pipe; that ends the program, and is not a failure.
 */
import { fstatSync, writeSync } from 'node:fs'

export function writeOut(text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      // A pipe that is full and does not wait: the stream waits for it.
      outputStream().write(bytes.subarray(written))
      return
    }
  }
}

let guarded = false

/** Node's stream, for those who ask it about a terminal or write bit by bit. */
export function outputStream(): NodeJS.WriteStream {
  if (!guarded) {
    process.stdout.on('error', error => {
      if (codeOf(error) === 'EPIPE') process.exit(0)
      throw error
    })
    guarded = true
  }
  return process.stdout
}

/** False for files and pipes, which is found out without the stream. */
export const mayBeTerminal = (): boolean => fstatSync(1).isCharacterDevice()

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
