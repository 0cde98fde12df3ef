/** Sprig's checksums. */
import { createHash } from 'node:crypto'
import { goBytes } from '../go-string.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { stringOf } from './cast.ts'
import { shortSha256 } from './short-sha256.ts'

const digest = (name: string): TemplateFunction =>
  typed('string', ([text]) =>
    createHash(name)
      .update(goBytes(stringOf(text)))
      .digest('hex'),
  )

/** Bytes up to which it is faster than to load OpenSSL, which takes longer than most charts do in all. */
const short = 32 * 1024

function sha256sum(text: string): string {
  const bytes = goBytes(text)
  return bytes.length <= short ? shortSha256(bytes) : createHash('sha256').update(bytes).digest('hex')
}

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
  sha256sum: typed('string', ([text]) => sha256sum(stringOf(text))),
  sha512sum: digest('sha512'),
  adler32sum: typed('string', ([text]) => adler32(stringOf(text))),
}
