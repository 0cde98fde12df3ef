/** `uuid`, of any version. */
import { quotedRune } from '../value-text.ts'
import { strangerIn } from './format.ts'

export function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12]
  const groups = text.split('-')
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`
  for (const [index, group] of groups.entries()) {
    if (Buffer.byteLength(group) !== lengths[index]) {
      return `element ${index + 1} must be ${lengths[index]} characters long`
    }
    const char = strangerIn(group, /[0-9a-f]/i)
    if (char !== undefined) return `non-hex character ${quotedRune(char)}`
  }
  return undefined
}
