/** Sprig's checksums. */
import { createHash } from 'node:crypto'
import { goBytes } from '../go-string.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { stringOf } from './cast.ts'

const digest = (name: string): TemplateFunction =>
  typed('string', ([text]) =>
    createHash(name)
      .update(goBytes(stringOf(text)))
      .digest('hex'),
  )

function adler32(text: string): string {
  let low = 1
  let high = 0
  for (const byte of goBytes(text)) {
    low = (low + byte) % 65521
    high = (high + low) % 65521
  }
  return String(high * 65536 + low)
}

export const hashFunctions: Record<string, TemplateFunction> = {
  sha1sum: digest('sha1'),
  sha256sum: digest('sha256'),
  sha512sum: digest('sha512'),
  adler32sum: typed('string', ([text]) => adler32(stringOf(text))),
}
