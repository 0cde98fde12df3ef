/** Writes files that hold keys: readable by their owner only, and whole or not at all. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'

export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, path)
}
