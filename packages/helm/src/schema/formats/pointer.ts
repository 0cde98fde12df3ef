/** `json-pointer` and `relative-json-pointer`. */
import { unescaped } from '../json-pointer.ts'

export function jsonPointer(text: string): string | undefined {
  if (text === '') return undefined
  if (!text.startsWith('/')) return 'not starting with /'
  return unescaped(text) === undefined ? '~ must be followed by 0 or 1' : undefined
}

export function relativePointer(text: string): string | undefined {
  const digits = /^\d*/.exec(text)?.[0] ?? ''
  if (digits === '') return 'must start with non-negative integer'
  if (digits.length > 1 && digits.startsWith('0')) return 'starts with zero'
  return text.slice(digits.length) === '#' ? undefined : jsonPointer(text.slice(digits.length))
}
