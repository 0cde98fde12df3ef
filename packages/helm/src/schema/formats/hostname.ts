/** `hostname`: labels of ASCII. */
import { quotedRune } from '../value-text.ts'
import { strangerIn } from './format.ts'

export function hostname(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (Buffer.byteLength(name) > 253) return 'more than 253 characters long'
  for (const label of name.split('.')) {
    const length = Buffer.byteLength(label)
    if (length < 1 || length > 63) return 'label must be 1 to 63 characters long'
    if (label.startsWith('-')) return 'label starts with hyphen'
    if (label.endsWith('-')) return 'label ends with hyphen'
    const char = strangerIn(label, /[a-z0-9-]/i)
    if (char !== undefined) return `invalid character ${quotedRune(char)}`
  }
  return undefined
}
